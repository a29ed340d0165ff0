// Reviews and their comments as GitHub shows them. Where a comment is by now is asked of git before (domain/review-places.ts).
import type { components } from '@octokit/openapi-types';
import { associationOf } from '../../domain/permissions.ts';
import type { PlaceNow } from '../../domain/review-places.ts';
import type { Forge } from '../../forge.ts';
import type { PullRequest, Review, ReviewComment } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { nodeId, timestamp } from './common.ts';
import { presentReactions } from './reaction.ts';
import { repositoryLinks } from './repository.ts';
import { presentUser } from './user.ts';

type Schemas = components['schemas'];

function linksOf(forge: Forge, state: Reader, pull: PullRequest): { api: string; pull: string; page: string } {
  const { api, html } = repositoryLinks(forge, state, state.need('repository', pull.repositoryId));
  return { api, pull: `${api}/pulls/${pull.number}`, page: `${html}/pull/${pull.number}` };
}

export function presentReview(forge: Forge, state: Reader, pull: PullRequest, review: Review): Schemas['pull-request-review'] {
  const links = linksOf(forge, state, pull);
  const html = `${links.page}#pullrequestreview-${review.id}`;
  const author = state.need('user', review.authorId);
  return {
    id: review.id,
    node_id: nodeId('review', review.id),
    user: presentUser(forge, author),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: links.pull,
    author_association: associationOf(state, state.need('repository', pull.repositoryId), author),
    _links: { html: { href: html }, pull_request: { href: links.pull } },
    ...(review.submittedAt === null ? {} : { submitted_at: timestamp(review.submittedAt) }),
    commit_id: review.commitSha,
  };
}

/** Webhooks write the state small, and an empty body as null. */
export const presentReviewForWebhook = (forge: Forge, state: Reader, pull: PullRequest, review: Review): Record<string, unknown> => ({
  ...presentReview(forge, state, pull, review),
  state: review.state.toLowerCase(),
  body: review.body === '' ? null : review.body,
  submitted_at: review.submittedAt === null ? null : timestamp(review.submittedAt),
});

export type ReviewCommentView = Omit<Schemas['pull-request-review-comment'], 'line' | 'position'> & {
  readonly line: number | null;
  readonly position: number | null;
};

/** @param now where the comment's thread is by now; null: it is outdated */
export function presentReviewComment(
  forge: Forge,
  state: Reader,
  pull: PullRequest,
  comment: ReviewComment,
  now: PlaceNow,
): ReviewCommentView {
  const links = linksOf(forge, state, pull);
  const thread = state.need('reviewThread', comment.threadId);
  const author = state.need('user', comment.authorId);
  const url = `${links.api}/pulls/comments/${comment.id}`;
  const html = `${links.page}#discussion_r${comment.id}`;
  // GitHub gives comments on a file as if they were on its first line.
  const lineOf = (line: number | null): number | null => (thread.subjectType === 'file' ? 1 : line);
  return {
    url,
    pull_request_review_id: comment.reviewId,
    id: comment.id,
    node_id: nodeId('reviewComment', comment.id),
    diff_hunk: thread.diffHunk,
    path: thread.path,
    commit_id: now === null ? comment.commitSha : pull.headSha,
    original_commit_id: comment.commitSha,
    user: presentUser(forge, author),
    body: comment.body,
    created_at: timestamp(comment.createdAt),
    updated_at: timestamp(comment.updatedAt),
    html_url: html,
    pull_request_url: links.pull,
    author_association: associationOf(state, state.need('repository', pull.repositoryId), author),
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: links.pull } },
    reactions: presentReactions(state, 'reviewComment', comment.id, url),
    start_line: now?.startLine ?? null,
    original_start_line: thread.originalStartLine,
    start_side: thread.startSide,
    line: now === null ? null : lineOf(now.line),
    original_line: lineOf(thread.originalLine) ?? 1,
    side: thread.side,
    position: now?.position ?? null,
    original_position: thread.originalPosition,
    subject_type: thread.subjectType,
    ...(comment.inReplyToId === null ? {} : { in_reply_to_id: comment.inReplyToId }),
  };
}
