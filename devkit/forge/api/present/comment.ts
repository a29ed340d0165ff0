// A comment on an issue or a pull request as GitHub shows it.
import type { components } from '@octokit/openapi-types';
import { associationOf } from '../../domain/permissions.ts';
import type { Forge } from '../../forge.ts';
import type { Comment } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { nodeId, timestamp } from './common.ts';
import { issueLinks } from './issue.ts';
import { presentReactions } from './reaction.ts';
import { repositoryLinks } from './repository.ts';
import { presentUser } from './user.ts';

export type CommentView = components['schemas']['issue-comment'];

export function presentComment(forge: Forge, state: Reader, comment: Comment): CommentView {
  const repository = state.need('repository', comment.repositoryId);
  const author = state.need('user', comment.authorId);
  const issue = issueLinks(forge, state, state.need('issue', comment.issueId));
  const url = `${repositoryLinks(forge, state, repository).api}/issues/comments/${comment.id}`;
  return {
    id: comment.id,
    node_id: nodeId('comment', comment.id),
    url,
    html_url: `${issue.html}#issuecomment-${comment.id}`,
    issue_url: issue.api,
    body: comment.body,
    user: presentUser(forge, author),
    created_at: timestamp(comment.createdAt),
    updated_at: timestamp(comment.updatedAt),
    author_association: associationOf(state, repository, author),
    performed_via_github_app: null,
    reactions: presentReactions(state, 'comment', comment.id, url),
    ...(comment.minimized === null ? {} : { minimized: { reason: comment.minimized } }),
  };
}
