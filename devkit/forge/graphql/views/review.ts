// Reviews, their threads and comments.
import { nodeId, timestamp, timestampOrNull } from '../../api/present/common.ts';
import { presentReview, presentReviewComment } from '../../api/present/review.ts';
import { includes, roleOf } from '../../domain/permissions.ts';
import { placeFinder, type PlaceNow } from '../../domain/review-places.ts';
import { mayResolve } from '../../domain/review-threads.ts';
import { commentsSeenBy, seesComment } from '../../domain/review-visibility.ts';
import type { PullRequest, Review, ReviewComment, ReviewThread } from '../../state/records.ts';
import { connection, type PageArguments } from '../connection.ts';
import type { Context, View } from '../context.ts';
import { userById } from './actor.ts';
import { minimizableFields, writtenFields } from './comment.ts';

type Finder = ReturnType<typeof placeFinder>;

const pullOf = ({ state }: Context, { pullRequestId }: { readonly pullRequestId: number }): PullRequest =>
  state.need('pullRequest', pullRequestId);

export function reviewView(context: Context, review: Review): View {
  const { forge, state, viewer } = context;
  const repository = state.need('repository', review.repositoryId);
  return {
    __typename: 'PullRequestReview',
    id: nodeId('review', review.id),
    databaseId: review.id,
    ...writtenFields(context, review, review.submittedAt),
    lastEditedAt: review.submittedAt !== null && review.updatedAt > review.submittedAt ? timestamp(review.updatedAt) : null,
    ...minimizableFields(context, review),
    authorCanPushToRepository: () => includes(roleOf(state, repository, state.need('user', review.authorId)), 'write'),
    state: review.state,
    submittedAt: timestampOrNull(review.submittedAt),
    url: presentReview(forge, state, pullOf(context, review), review).html_url,
    commit: () => context.views.commit(context, repository, review.commitSha),
    comments: (args: PageArguments) => {
      const find = placeFinder(forge, state, pullOf(context, review));
      const comments = state.select('reviewComment', 'review', review.id).filter((comment) => seesComment(state, comment, viewer));
      return connection(comments, args, (comment) => reviewCommentView(context, comment, find));
    },
    pullRequest: () => context.views.pullRequest(context, pullOf(context, review)),
    repository: () => context.views.repositoryById(context, review.repositoryId),
  };
}

/** @param find shared by the threads of one request, so that git is asked once */
export function reviewThreadView(context: Context, thread: ReviewThread, find?: Finder): View {
  const { forge, state, viewer } = context;
  const finder = find ?? placeFinder(forge, state, pullOf(context, thread));
  let finding: Promise<PlaceNow> | undefined;
  const place = (): Promise<PlaceNow> => (finding ??= finder(thread));
  const isResolved = thread.resolvedBy !== null;
  return {
    __typename: 'PullRequestReviewThread',
    id: nodeId('reviewThread', thread.id),
    isResolved,
    isCollapsed: isResolved,
    isOutdated: async () => (await place()) === null,
    path: thread.path,
    line: async () => (await place())?.line ?? null,
    startLine: async () => (await place())?.startLine ?? null,
    originalLine: thread.originalLine,
    originalStartLine: thread.originalStartLine,
    diffSide: thread.side,
    startDiffSide: thread.startSide,
    subjectType: thread.subjectType.toUpperCase(),
    resolvedBy: () => (thread.resolvedBy === null ? null : userById(context, thread.resolvedBy)),
    comments: (args: PageArguments) =>
      connection(commentsSeenBy(state, thread, viewer), args, (comment) => reviewCommentView(context, comment, finder)),
    pullRequest: () => context.views.pullRequest(context, pullOf(context, thread)),
    repository: () => context.views.repositoryById(context, thread.repositoryId),
    viewerCanReply: true,
    viewerCanResolve: () => !isResolved && mayResolve(state, thread, viewer),
    viewerCanUnresolve: () => isResolved && mayResolve(state, thread, viewer),
  };
}

export function reviewCommentView(context: Context, comment: ReviewComment, find?: Finder): View {
  const { forge, state, viewer } = context;
  const pull = pullOf(context, comment);
  const thread = state.need('reviewThread', comment.threadId);
  const repository = state.need('repository', comment.repositoryId);
  const review = state.need('review', comment.reviewId);
  const finder = find ?? placeFinder(forge, state, pull);
  let finding: Promise<PlaceNow> | undefined;
  const place = (): Promise<PlaceNow> => (finding ??= finder(thread));
  return {
    __typename: 'PullRequestReviewComment',
    id: nodeId('reviewComment', comment.id),
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    ...writtenFields(context, comment, review.submittedAt),
    ...minimizableFields(context, comment),
    url: presentReviewComment(forge, state, pull, comment, null).html_url,
    path: thread.path,
    position: async () => (await place())?.position ?? null,
    originalPosition: thread.originalPosition,
    line: async () => (await place())?.line ?? null,
    startLine: async () => (await place())?.startLine ?? null,
    originalLine: thread.originalLine,
    originalStartLine: thread.originalStartLine,
    subjectType: thread.subjectType.toUpperCase(),
    diffHunk: thread.diffHunk,
    outdated: async () => (await place()) === null,
    state: review.state === 'PENDING' ? 'PENDING' : 'SUBMITTED',
    commit: async () => context.views.commit(context, repository, (await place()) === null ? comment.commitSha : pull.headSha),
    originalCommit: () => context.views.commit(context, repository, comment.commitSha),
    replyTo: () => {
      const to = comment.inReplyToId === null ? undefined : state.get('reviewComment', comment.inReplyToId);
      return to === undefined || !seesComment(state, to, viewer) ? null : reviewCommentView(context, to, finder);
    },
    pullRequestReview: () => reviewView(context, review),
    pullRequest: () => context.views.pullRequest(context, pull),
    repository: () => context.views.repositoryById(context, comment.repositoryId),
  };
}
