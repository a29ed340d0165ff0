// Review comments over REST. One that is made by itself is a review of one comment, as on GitHub.
import { includes } from '../domain/permissions.ts';
import { announceComment } from '../domain/review-events.ts';
import { placeFinder } from '../domain/review-places.ts';
import { createReview, removeComment, replyInThread } from '../domain/reviews.ts';
import { draftOf, seesComment } from '../domain/review-visibility.ts';
import type { Forge } from '../forge.ts';
import { readCommit } from '../git/commit.ts';
import { acting, listing, reading, type Operation, type RepositoryCall } from '../http/operation.ts';
import { pageOf, page } from '../http/pagination.ts';
import { created, forbidden, invalid, noContent, notFound, ok, type Reply } from '../http/reply.ts';
import type { PullRequest, Repository, ReviewComment, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { needPull } from './need-pull.ts';
import { presentReviewComment, type ReviewCommentView } from './present/review.ts';
import { needReview } from './reviews.ts';
import { sideOf } from './review-wishes.ts';

export const reviewCommentOperations: Operation[] = [
  listing('pulls/list-review-comments', (call) => {
    const pull = needPull(call.state, call.repository, call.params.pull_number);
    return listReply(call, said(call.state, call.state.select('reviewComment', 'pullRequest', pull.id)));
  }),
  listing('pulls/list-review-comments-for-repo', (call) =>
    listReply(call, said(call.state, call.state.select('reviewComment', 'repository', call.repository.id))),
  ),
  listing('pulls/list-comments-for-review', (call) => {
    const { state, repository, actor, params } = call;
    const review = needReview(state, needPull(state, repository, params.pull_number), params.review_id, actor);
    return listReply(
      { ...call, query: { page: call.query.page, per_page: call.query.per_page } },
      state.select('reviewComment', 'review', review.id),
    );
  }),
  reading('pulls/get-review-comment', async ({ forge, state, repository, actor, params }) =>
    ok(await present(forge, state, needComment(state, repository, params.comment_id, actor))),
  ),
  acting(
    'pulls/create-review-comment',
    'read',
    async ({ forge, state, repository, actor, params, body }) => {
      refuseBlank(body.body);
      const pull = needPull(state, repository, params.pull_number);
      refuseBesideDraft(state, pull, actor);
      if (body.in_reply_to !== undefined) {
        const comment = await reply(forge, repository, pull, actor, body.in_reply_to, body.body);
        return createdReply(forge, comment);
      }
      if (body.line === undefined && body.position === undefined && body.subject_type !== 'file')
        throw invalid({ resource: 'PullRequestReviewComment', field: 'pull_request_review_thread.line', code: 'missing_field' });
      if (body.commit_id !== pull.headSha && (await readCommit(forge.git(repository), body.commit_id)) === undefined)
        throw invalid({ resource: 'PullRequestReviewComment', field: 'commit_id', code: 'invalid' });
      const comment = { body: body.body, path: body.path, position: body.position, line: body.line, side: body.side };
      const range = { startLine: body.start_line, startSide: sideOf(body.start_side, 'start_side') };
      const review = await createReview(
        forge,
        pull,
        actor,
        {
          commitSha: body.commit_id,
          body: '',
          verdict: 'COMMENT',
          comments: [{ ...comment, ...range, subjectType: body.subject_type }],
        },
        ({ field, because }) =>
          invalid({
            resource: 'PullRequestReviewComment',
            field: `pull_request_review_thread.${field}`,
            code: because === 'is invalid' ? 'invalid' : 'custom',
            message: `pull_request_review_thread.${field} ${because}`,
          }),
      );
      const added = forge.state.first('reviewComment', 'review', review.id);
      if (added === undefined) throw notFound(); // deleted meanwhile
      return createdReply(forge, added);
    },
    { createsContent: true },
  ),
  acting(
    'pulls/create-reply-for-review-comment',
    'read',
    async ({ forge, state, repository, actor, params, body }) => {
      refuseBlank(body.body);
      const pull = needPull(state, repository, params.pull_number);
      refuseBesideDraft(state, pull, actor);
      return createdReply(forge, await reply(forge, repository, pull, actor, params.comment_id, body.body));
    },
    { createsContent: true },
  ),
  acting('pulls/update-review-comment', 'read', async ({ forge, repository, role, actor, params, body }) => {
    refuseBlank(body.body);
    const { pull, now } = await locate(forge, needComment(forge.state, repository, params.comment_id, actor));
    const comment = forge.state.transaction((transaction) => {
      const known = needComment(transaction, repository, params.comment_id, actor);
      if (known.authorId !== actor.id && !includes(role, 'write')) throw forbidden('Must have write access, or be the author.');
      const changed = transaction.change('reviewComment', known.id, { body: body.body, updatedAt: Date.now() });
      if (transaction.need('review', known.reviewId).state !== 'PENDING') {
        const changes = { body: { from: known.body } };
        announceComment({ forge, transaction, pull, actor }, changed, 'edited', now, { changes });
      }
      return changed;
    });
    return ok(presentReviewComment(forge, forge.state, pull, comment, now));
  }),
  acting('pulls/delete-review-comment', 'read', async ({ forge, repository, role, actor, params }) => {
    const { pull, now } = await locate(forge, needComment(forge.state, repository, params.comment_id, actor));
    forge.state.transaction((transaction) => {
      const comment = needComment(transaction, repository, params.comment_id, actor);
      if (comment.authorId !== actor.id && !includes(role, 'write')) throw forbidden('Must have write access, or be the author.');
      if (transaction.need('review', comment.reviewId).state !== 'PENDING')
        announceComment({ forge, transaction, pull, actor }, comment, 'deleted', now);
      removeComment(transaction, comment);
    });
    return noContent();
  }),
];

/** Without those of pending reviews, even the caller's own: GitHub lists them only with their review. */
const said = (state: Reader, comments: readonly ReviewComment[]): ReviewComment[] =>
  comments.filter((comment) => seesComment(state, comment, null));

function refuseBlank(body: string): void {
  if (body.trim() === '') throw invalid({ resource: 'PullRequestReviewComment', field: 'body', code: 'missing_field' });
}

function needComment(state: Reader, repository: Repository, id: number, viewer: User | null): ReviewComment {
  const comment = state.get('reviewComment', id);
  if (comment?.repositoryId !== repository.id || !seesComment(state, comment, viewer)) throw notFound();
  return comment;
}

async function reply(
  forge: Forge,
  repository: Repository,
  pull: PullRequest,
  actor: User,
  toId: number,
  body: string,
): Promise<ReviewComment> {
  const to = needComment(forge.state, repository, toId, actor);
  if (to.pullRequestId !== pull.id) throw notFound();
  return replyInThread(forge, pull, actor, forge.state.need('reviewThread', to.threadId), body, false);
}

function refuseBesideDraft(state: Reader, pull: PullRequest, actor: User): void {
  if (draftOf(state, pull, actor) !== undefined)
    throw invalid({
      resource: 'PullRequestReview',
      field: 'user_id',
      code: 'custom',
      message: 'user_id can only have one pending review per pull request',
    });
}

async function locate(forge: Forge, comment: ReviewComment) {
  const pull = forge.state.need('pullRequest', comment.pullRequestId);
  return { pull, now: await placeFinder(forge, forge.state, pull)(forge.state.need('reviewThread', comment.threadId)) };
}

async function present(forge: Forge, state: Reader, comment: ReviewComment): Promise<ReviewCommentView> {
  const { pull, now } = await locate(forge, comment);
  return presentReviewComment(forge, state, pull, comment, now);
}

async function createdReply(forge: Forge, comment: ReviewComment): Promise<Reply> {
  const view = await present(forge, forge.state, comment);
  return created(view, view.url);
}

interface ListCall {
  readonly forge: Forge;
  readonly state: Reader;
  readonly url: URL;
  readonly query: RepositoryCall<'pulls/list-review-comments-for-repo' | 'pulls/list-review-comments'>['query'];
}

/** Only the comments of the page are looked for in git. */
async function listReply(call: ListCall, all: readonly ReviewComment[]): Promise<Reply> {
  const { forge, state, query } = call;
  const since = query.since === undefined ? 0 : Date.parse(query.since);
  const key = query.sort === 'updated' ? 'updatedAt' : 'createdAt';
  const sign = query.sort !== undefined && query.direction === 'desc' ? -1 : 1;
  const comments = all.filter(({ updatedAt }) => updatedAt >= since).sort((a, b) => sign * (a[key] - b[key] || a.id - b.id));
  const { page: number, perPage } = pageOf(call);
  const finders = new Map<number, ReturnType<typeof placeFinder>>();
  const views = await Promise.all(
    comments.slice((number - 1) * perPage, number * perPage).map(async (comment) => {
      const pull = state.need('pullRequest', comment.pullRequestId);
      const whereNow = finders.get(pull.id) ?? placeFinder(forge, state, pull);
      finders.set(pull.id, whereNow);
      return presentReviewComment(forge, state, pull, comment, await whereNow(state.need('reviewThread', comment.threadId)));
    }),
  );
  return page(call, comments, () => views);
}
