// Tells of what happens to reviews, their comments and threads: the effect, and the webhook.
import { pullRequestPresenter } from '../api/present/pull-request.ts';
import { fullName } from '../api/present/repository.ts';
import { presentReviewComment, presentReviewForWebhook } from '../api/present/review.ts';
import type { PullRequest, Review, ReviewComment, ReviewThread } from '../state/records.ts';
import { nodeId } from '../api/present/common.ts';
import { publish } from '../webhooks/publish.ts';
import type { PlaceNow } from './review-places.ts';
import type { Scene } from './scene.ts';

export interface ReviewScene extends Scene {
  readonly pull: PullRequest;
}

export function announceReview(
  scene: ReviewScene,
  review: Review,
  action: 'submitted' | 'edited' | 'dismissed',
  more: { readonly payload?: Readonly<Record<string, unknown>>; readonly details?: Readonly<Record<string, unknown>> } = {},
): void {
  const { forge, transaction, pull } = scene;
  recordEffect(scene, `pull_request_review.${action}`, {
    review: review.id,
    state: review.state,
    commit: review.commitSha,
    ...more.details,
  });
  const payload = { review: presentReviewForWebhook(forge, transaction, pull, review), ...more.payload };
  tell(scene, 'pull_request_review', action, payload);
}

export function announceComment(
  scene: ReviewScene,
  comment: ReviewComment,
  action: 'created' | 'edited' | 'deleted',
  now: PlaceNow,
  payload: Readonly<Record<string, unknown>> = {},
): void {
  const { forge, transaction, pull } = scene;
  recordEffect(scene, `pull_request_review_comment.${action}`, { comment: comment.id, inReplyTo: comment.inReplyToId });
  const view = presentReviewComment(forge, transaction, pull, comment, now);
  tell(scene, 'pull_request_review_comment', action, { comment: view, ...payload });
}

export function announceThread(scene: ReviewScene, thread: ReviewThread, action: 'resolved' | 'unresolved', now: PlaceNow): void {
  const { forge, transaction, pull } = scene;
  recordEffect(scene, `pull_request_review_thread.${action}`, { thread: thread.id });
  const comments = transaction
    .select('reviewComment', 'thread', thread.id)
    .filter((comment) => transaction.need('review', comment.reviewId).state !== 'PENDING')
    .map((comment) => presentReviewComment(forge, transaction, pull, comment, now));
  tell(scene, 'pull_request_review_thread', action, { thread: { node_id: nodeId('reviewThread', thread.id), comments } });
}

/** An effect that no webhook tells of. */
export function recordEffect({ transaction, pull, actor }: ReviewScene, kind: string, details: Readonly<Record<string, unknown>>): void {
  const repository = fullName(transaction, transaction.need('repository', pull.repositoryId));
  transaction.effect({ kind, actor: actor.login, repository, subject: `#${pull.number}`, details });
}

function tell(
  { forge, transaction, pull, actor }: ReviewScene,
  name: string,
  action: string,
  payload: Readonly<Record<string, unknown>>,
): void {
  const repository = transaction.need('repository', pull.repositoryId);
  const view = pullRequestPresenter(forge, transaction)(pull);
  publish(forge, transaction, repository, actor, { name, action, payload: { ...payload, pull_request: view } });
}
