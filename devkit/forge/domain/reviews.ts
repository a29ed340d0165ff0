// Reviews: begun, filled with comments, submitted, dismissed, edited, withdrawn; from REST and from GraphQL. What git has to say about places
// is asked before the transaction, everything else is decided in it.
import type { Forge } from '../forge.ts';
import { readCommit } from '../git/commit.ts';
import { forbidden, unprocessable, type Refusal } from '../http/reply.ts';
import type { PullRequest, Review, ReviewComment, ReviewThread, User } from '../state/records.ts';
import type { Reader, Transaction } from '../state/state.ts';
import { dismissReview } from './dismiss-review.ts';
import { includes, roleOf } from './permissions.ts';
import { announceComment, announceReview, recordEffect, type ReviewScene } from './review-events.ts';
import { findPlace, placeFinder, type NoPlace, type Place, type PlaceNow, type PlaceWish } from './review-places.ts';
import { draftOf } from './review-visibility.ts';
import type { Scene } from './scene.ts';

export type Verdict = 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT';

export interface NewComment extends PlaceWish {
  readonly body: string;
}

export interface NewReview {
  /** What was reviewed; the head, unless it says otherwise. */
  readonly commitSha?: string | undefined;
  readonly body: string;
  /** Without one the review is pending. */
  readonly verdict?: Verdict | undefined;
  readonly comments: readonly NewComment[];
}

const STATES = { APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED', COMMENT: 'COMMENTED' } as const;

/** The sentence in which GitHub says what is wrong with a review. */
const refused = (sentence: string): Refusal => unprocessable('Unprocessable Entity', [sentence]);

const noPlace = ({ field, because }: NoPlace): string =>
  `Pull request review thread ${field.replace('_', ' ')} ${because}`.concat(
    field === 'start_line' ? '' : " and Pull request review thread diff hunk can't be blank",
  );

/** @param refuse how the caller's API says that a comment's place is not in the diff */
export async function createReview(
  forge: Forge,
  pull: PullRequest,
  actor: User,
  wish: NewReview,
  refuse: (problem: NoPlace) => Refusal = (problem) => refused(noPlace(problem)),
): Promise<Review> {
  const commitSha = wish.commitSha ?? pull.headSha;
  const git = forge.git(forge.state.need('repository', pull.repositoryId));
  if (commitSha !== pull.headSha && (await readCommit(git, commitSha)) === undefined)
    throw refused('Commit is not part of the pull request');
  const whereNow = placeFinder(forge, forge.state, pull);
  const comments = await Promise.all(
    wish.comments.map(async ({ body, ...place }) => {
      if (body.trim() === '') throw refused("Body can't be blank");
      const found = await findPlace(forge, pull, commitSha, place);
      if ('because' in found) throw refuse(found);
      return { body, place: found, now: await whereNow(found) };
    }),
  );
  return forge.state.transaction((transaction) => {
    refuseIfLocked(transaction, pull, actor);
    const scene = { forge, transaction, pull, actor };
    const review = beginReview(scene, commitSha, wish.body);
    const places = new Map<number, PlaceNow>();
    for (const { body, place, now } of comments) places.set(addThread(scene, review, place, body).threadId, now);
    if (wish.verdict !== undefined) return submit(scene, review, wish.verdict, wish.body, places);
    recordEffect(scene, 'pull_request_review.drafted', { review: review.id });
    return review;
  });
}

/** @param body undefined: as it was written when the review was begun */
export async function submitReview(
  forge: Forge,
  pull: PullRequest,
  actor: User,
  review: Review,
  verdict: Verdict,
  body?: string,
): Promise<Review> {
  const places = await placesOf(forge, pull, review);
  return forge.state.transaction((transaction) => {
    const current = transaction.get('review', review.id);
    if (current?.state !== 'PENDING') throw refused('Can not submit a review that is not pending');
    refuseIfLocked(transaction, pull, actor);
    return submit({ forge, transaction, pull, actor }, current, verdict, body ?? current.body, places);
  });
}

/** Adds a comment on a place to the actor's pending review, which is begun if there is none. */
export async function addToDraft(forge: Forge, pull: PullRequest, actor: User, { body, ...wish }: NewComment): Promise<ReviewComment> {
  if (body.trim() === '') throw refused("Body can't be blank");
  const place = await findPlace(forge, pull, draftOf(forge.state, pull, actor)?.commitSha ?? pull.headSha, wish);
  if ('because' in place) throw refused(noPlace(place));
  return forge.state.transaction((transaction) => {
    refuseIfLocked(transaction, pull, actor);
    const scene = { forge, transaction, pull, actor };
    const draft = draftOf(transaction, pull, actor);
    const comment = addThread(scene, draft ?? beginReview(scene, place.commitSha, ''), place, body);
    recordEffect(scene, `pull_request_review.${draft === undefined ? 'drafted' : 'redrafted'}`, {
      review: comment.reviewId,
      comment: comment.id,
    });
    return comment;
  });
}

/**
 * Answers in a thread.
 * @param intoDraft into the actor's pending review if there is one; otherwise it is said at once
 */
export async function replyInThread(
  forge: Forge,
  pull: PullRequest,
  actor: User,
  thread: ReviewThread,
  body: string,
  intoDraft: boolean,
): Promise<ReviewComment> {
  if (body.trim() === '') throw refused("Body can't be blank");
  const now = await placeFinder(forge, forge.state, pull)(thread);
  return forge.state.transaction((transaction) => {
    refuseIfLocked(transaction, pull, actor);
    const scene = { forge, transaction, pull, actor };
    const draft = intoDraft ? draftOf(transaction, pull, actor) : undefined;
    const review = draft ?? beginReview(scene, pull.headSha, '');
    const [root] = transaction.select('reviewComment', 'thread', thread.id);
    const comment = addComment(scene, review, thread, body, root?.inReplyToId ?? root?.id ?? null);
    if (draft === undefined) submit(scene, review, 'COMMENT', '', new Map([[thread.id, now]]));
    else recordEffect(scene, 'pull_request_review.redrafted', { review: review.id, comment: comment.id });
    return comment;
  });
}

/** What has no verdict cannot lose it. */
export function withdrawVerdict(scene: Scene, review: Review, message: string): Review {
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED')
    throw refused(`Can not dismiss a ${review.state.toLowerCase()} pull request review`);
  return dismissReview(scene, review, message);
}

export function editReview(scene: ReviewScene, review: Review, body: string): Review {
  if (body.trim() === '' && review.state === 'CHANGES_REQUESTED') throw refused("Review body can't be blank");
  const edited = scene.transaction.change('review', review.id, { body, updatedAt: Date.now() });
  if (review.state === 'PENDING') recordEffect(scene, 'pull_request_review.redrafted', { review: review.id });
  else announceReview(scene, edited, 'edited', { payload: { changes: { body: { from: review.body } } } });
  return edited;
}

/** Withdraws a pending review with its comments. */
export function deleteDraft(scene: ReviewScene, review: Review): void {
  const { transaction } = scene;
  if (review.state !== 'PENDING') throw refused('Can not delete a non-pending pull request review');
  for (const comment of transaction.select('reviewComment', 'review', review.id)) removeComment(transaction, comment);
  transaction.remove('review', review.id);
  recordEffect(scene, 'pull_request_review.deleted', { review: review.id });
}

/** Removes a comment, and its thread with the last one of it. */
export function removeComment(transaction: Transaction, comment: ReviewComment): void {
  transaction.remove('reviewComment', comment.id);
  if (transaction.select('reviewComment', 'thread', comment.threadId).length === 0) transaction.remove('reviewThread', comment.threadId);
}

/** Where the threads that a review speaks in are now, by thread. */
async function placesOf(forge: Forge, pull: PullRequest, review: Review): Promise<Map<number, PlaceNow>> {
  const whereNow = placeFinder(forge, forge.state, pull);
  const threads = forge.state
    .select('reviewComment', 'review', review.id)
    .map(({ threadId }) => forge.state.need('reviewThread', threadId));
  return new Map(await Promise.all(threads.map(async (thread) => [thread.id, await whereNow(thread)] as const)));
}

function beginReview(scene: ReviewScene, commitSha: string, body: string): Review {
  const { transaction, pull, actor } = scene;
  if (draftOf(transaction, pull, actor) !== undefined) throw refused('User can only have one pending review per pull request');
  const now = Date.now();
  return transaction.add('review', {
    repositoryId: pull.repositoryId,
    pullRequestId: pull.id,
    authorId: actor.id,
    state: 'PENDING',
    body,
    commitSha,
    minimized: null,
    createdAt: now,
    submittedAt: null,
    updatedAt: now,
  });
}

function addThread(scene: ReviewScene, review: Review, place: Place, body: string): ReviewComment {
  const { repositoryId, id: pullRequestId } = scene.pull;
  const thread = scene.transaction.add('reviewThread', { repositoryId, pullRequestId, ...place, resolvedBy: null });
  return addComment(scene, review, thread, body, null);
}

function addComment(
  { transaction, pull, actor }: ReviewScene,
  review: Review,
  thread: ReviewThread,
  body: string,
  inReplyToId: number | null,
): ReviewComment {
  const now = Date.now();
  return transaction.add('reviewComment', {
    repositoryId: pull.repositoryId,
    pullRequestId: pull.id,
    threadId: thread.id,
    reviewId: review.id,
    authorId: actor.id,
    inReplyToId,
    body,
    minimized: null,
    commitSha: thread.commitSha,
    createdAt: now,
    updatedAt: now,
  });
}

function submit(scene: ReviewScene, draft: Review, verdict: Verdict, body: string, places: ReadonlyMap<number, PlaceNow>): Review {
  const { transaction, pull, actor } = scene;
  const comments = transaction.select('reviewComment', 'review', draft.id);
  const isOwn = transaction.need('issue', pull.issueId).authorId === actor.id;
  if (isOwn && verdict === 'APPROVE') throw refused('Can not approve your own pull request');
  if (isOwn && verdict === 'REQUEST_CHANGES') throw refused('Can not request changes on your own pull request');
  if (verdict !== 'APPROVE' && body.trim() === '' && (verdict === 'REQUEST_CHANGES' || comments.length === 0))
    throw refused("Review body can't be blank");
  const now = Date.now();
  const review = transaction.change('review', draft.id, { state: STATES[verdict], body, submittedAt: now, updatedAt: now });
  transaction.change('issue', pull.issueId, { updatedAt: now });
  const requested = transaction.need('pullRequest', pull.id).requestedReviewerIds;
  const current = transaction.change('pullRequest', pull.id, { requestedReviewerIds: requested.filter((id) => id !== actor.id) });
  announceReview({ ...scene, pull: current }, review, 'submitted');
  for (const comment of comments) announceComment({ ...scene, pull: current }, comment, 'created', places.get(comment.threadId) ?? null);
  return review;
}

function refuseIfLocked(state: Reader, pull: PullRequest, actor: User): void {
  const mayWrite = includes(roleOf(state, state.need('repository', pull.repositoryId), actor), 'write');
  if (state.need('issue', pull.issueId).locked && !mayWrite) throw forbidden('Unable to create comment because issue is locked.');
}
