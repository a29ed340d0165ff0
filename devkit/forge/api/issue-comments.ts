// Comments on issues and pull requests.
import { presentComment } from './present/comment.ts';
import { addComment, reportComment } from '../domain/comments.ts';
import { includes } from '../domain/permissions.ts';
import { recordMentions } from '../domain/references.ts';
import { acting, listing, reading, type ActorCall, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { created, forbidden, noContent, notFound, ok } from '../http/reply.ts';
import type { Comment, Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { checkText, issueOf } from './issue-wishes.ts';

export const issueCommentOperations: Operation[] = [
  listing('issues/list-comments', (call) => {
    const { forge, state, repository, params, query } = call;
    const comments = state.select('comment', 'issue', issueOf(state, repository, params.issue_number).id);
    return listOf(call, since(comments, query.since), (comment) => presentComment(forge, state, comment));
  }),
  listing('issues/list-comments-for-repo', (call) => {
    const { forge, state, repository, query } = call;
    const comments = since(state.select('comment', 'repository', repository.id), query.since);
    const key = query.sort === 'updated' ? ('updatedAt' as const) : ('createdAt' as const);
    const sign = query.sort !== undefined && query.direction !== 'asc' ? -1 : 1;
    const sorted = comments.toSorted((a, b) => sign * (a[key] - b[key] || a.id - b.id));
    return listOf(call, sorted, (comment) => presentComment(forge, state, comment));
  }),
  acting(
    'issues/create-comment',
    'read',
    ({ forge, actor, repository, params, body }) => {
      checkText('IssueComment', body.body);
      const comment = forge.state.transaction((transaction) => {
        return addComment({ forge, transaction, actor }, issueOf(transaction, repository, params.issue_number), body.body);
      });
      const view = presentComment(forge, forge.state, comment);
      return created(view, view.url);
    },
    { createsContent: true },
  ),
  reading('issues/get-comment', ({ forge, state, repository, params }) =>
    ok(presentComment(forge, state, commentOf(state, repository, params.comment_id))),
  ),
  acting('issues/update-comment', 'read', (call) => {
    const { forge, actor, body } = call;
    checkText('IssueComment', body.body);
    const comment = forge.state.transaction((transaction) => {
      const before = changeable(transaction, call);
      if (before.body === body.body) return before;
      const changed = transaction.change('comment', before.id, { body: body.body, updatedAt: Date.now() });
      const issue = transaction.change('issue', before.issueId, { updatedAt: Date.now() });
      recordMentions(transaction, issue, actor, body.body);
      reportComment({ forge, transaction, actor }, issue, changed, 'edited', { changes: { body: { from: before.body } } });
      return changed;
    });
    return ok(presentComment(forge, forge.state, comment));
  }),
  acting('issues/delete-comment', 'read', (call) => {
    const { forge, actor } = call;
    forge.state.transaction((transaction) => {
      const comment = changeable(transaction, call);
      reportComment({ forge, transaction, actor }, transaction.need('issue', comment.issueId), comment, 'deleted');
      for (const reaction of transaction.select('reaction', 'subject', `comment/${comment.id}`))
        transaction.remove('reaction', reaction.id);
      transaction.remove('comment', comment.id);
    });
    return noContent();
  }),
];

const since = (comments: readonly Comment[], moment: string | undefined): readonly Comment[] =>
  moment === undefined ? comments : comments.filter(({ updatedAt }) => updatedAt >= Date.parse(moment));

export function commentOf(state: Reader, repository: Repository, id: number | bigint): Comment {
  const comment = state.get('comment', Number(id));
  if (comment?.repositoryId !== repository.id) throw notFound();
  return comment;
}

/** Of one's own, or of others for those who may write. */
function changeable(
  state: Reader,
  { actor, repository, role, params }: ActorCall<'issues/update-comment' | 'issues/delete-comment'>,
): Comment {
  const comment = commentOf(state, repository, params.comment_id);
  if (comment.authorId !== actor.id && !includes(role, 'write')) throw forbidden('Must have admin rights to Repository.');
  return comment;
}
