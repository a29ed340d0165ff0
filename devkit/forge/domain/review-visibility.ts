// Who sees which reviews: a pending one, and the comments in it, are seen by their author alone.
import type { PullRequest, Review, ReviewComment, ReviewThread, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';

export const seesReview = (review: Review, viewer: User | null): boolean => review.state !== 'PENDING' || review.authorId === viewer?.id;

export const seesComment = (state: Reader, comment: ReviewComment, viewer: User | null): boolean =>
  seesReview(state.need('review', comment.reviewId), viewer);

export const reviewsSeenBy = (state: Reader, pull: PullRequest, viewer: User | null): Review[] =>
  state.select('review', 'pullRequest', pull.id).filter((review) => seesReview(review, viewer));

export const commentsSeenBy = (state: Reader, thread: ReviewThread, viewer: User | null): ReviewComment[] =>
  state.select('reviewComment', 'thread', thread.id).filter((comment) => seesComment(state, comment, viewer));

/** Threads of which the viewer sees a comment. */
export const threadsSeenBy = (state: Reader, pull: PullRequest, viewer: User | null): ReviewThread[] =>
  state.select('reviewThread', 'pullRequest', pull.id).filter((thread) => commentsSeenBy(state, thread, viewer).length > 0);

/** The review that somebody has begun and not submitted; there is at most one a person and request. */
export const draftOf = (state: Reader, pull: PullRequest, author: User): Review | undefined =>
  state.select('review', 'pullRequest', pull.id).find((review) => review.state === 'PENDING' && review.authorId === author.id);
