// Reviews over REST. A pending one is seen, submitted and withdrawn by its author alone.
import { createReview, deleteDraft, editReview, submitReview, withdrawVerdict } from '../domain/reviews.ts';
import { reviewsSeenBy, seesReview } from '../domain/review-visibility.ts';
import { acting, listing, reading, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { forbidden, notFound, ok, unprocessable } from '../http/reply.ts';
import type { PullRequest, Review, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { needPull } from './need-pull.ts';
import { presentReview } from './present/review.ts';
import { sideOf } from './review-wishes.ts';

export const reviewOperations: Operation[] = [
  listing('pulls/list-reviews', (call) => {
    const { forge, state, repository, actor, params } = call;
    const pull = needPull(state, repository, params.pull_number);
    return listOf(call, reviewsSeenBy(state, pull, actor), (review) => presentReview(forge, state, pull, review));
  }),
  acting(
    'pulls/create-review',
    'read',
    async ({ forge, state, repository, actor, params, body }) => {
      const pull = needPull(state, repository, params.pull_number);
      const review = await createReview(forge, pull, actor, {
        commitSha: body.commit_id,
        body: body.body ?? '',
        verdict: body.event,
        comments: (body.comments ?? []).map((comment) => ({
          path: comment.path,
          body: comment.body,
          position: comment.position,
          line: comment.line,
          side: sideOf(comment.side, 'side'),
          startLine: comment.start_line,
          startSide: sideOf(comment.start_side, 'start_side'),
        })),
      });
      return ok(presentReview(forge, forge.state, pull, review));
    },
    { createsContent: true },
  ),
  reading('pulls/get-review', ({ forge, state, repository, actor, params }) => {
    const pull = needPull(state, repository, params.pull_number);
    return ok(presentReview(forge, state, pull, needReview(state, pull, params.review_id, actor)));
  }),
  acting('pulls/update-review', 'read', ({ forge, repository, actor, params, body }) => {
    const pull = needPull(forge.state, repository, params.pull_number);
    const review = forge.state.transaction((transaction) => {
      const known = ownReview(transaction, pull, params.review_id, actor);
      return editReview({ forge, transaction, pull, actor }, known, body.body);
    });
    return ok(presentReview(forge, forge.state, pull, review));
  }),
  acting('pulls/delete-pending-review', 'read', ({ forge, repository, actor, params }) => {
    const pull = needPull(forge.state, repository, params.pull_number);
    return ok(
      forge.state.transaction((transaction) => {
        const review = ownReview(transaction, pull, params.review_id, actor);
        deleteDraft({ forge, transaction, pull, actor }, review);
        return presentReview(forge, transaction, pull, review);
      }),
    );
  }),
  acting(
    'pulls/submit-review',
    'read',
    async ({ forge, repository, actor, params, body }) => {
      const pull = needPull(forge.state, repository, params.pull_number);
      const known = ownReview(forge.state, pull, params.review_id, actor);
      const review = await submitReview(forge, pull, actor, known, body.event, body.body);
      return ok(presentReview(forge, forge.state, pull, review));
    },
    { createsContent: true },
  ),
  acting('pulls/dismiss-review', 'write', ({ forge, repository, actor, params, body }) => {
    if (body.message.trim() === '') throw unprocessable('Unprocessable Entity', ["Message can't be blank"]);
    const pull = needPull(forge.state, repository, params.pull_number);
    const review = forge.state.transaction((transaction) => {
      const known = needReview(transaction, pull, params.review_id, actor);
      return withdrawVerdict({ forge, transaction, actor }, known, body.message);
    });
    return ok(presentReview(forge, forge.state, pull, review));
  }),
];

export function needReview(state: Reader, pull: PullRequest, id: number, viewer: User | null): Review {
  const review = state.get('review', id);
  if (review?.pullRequestId !== pull.id || !seesReview(review, viewer)) throw notFound();
  return review;
}

function ownReview(state: Reader, pull: PullRequest, id: number, actor: User): Review {
  const review = needReview(state, pull, id, actor);
  if (review.authorId !== actor.id) throw forbidden('Must be the author of the review.');
  return review;
}
