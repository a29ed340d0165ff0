// Comments on issues and pull requests.
import { presentIssueForWebhook } from './present/issue.ts';
import { fullName } from './present/repository.ts';
import { presentComment } from './present/comment.ts';
import { includes } from '../domain/permissions.ts';
import type { Scene } from '../domain/scene.ts';
import { recordMentions } from '../domain/references.ts';
import { acting, listing, reading, type ActorCall, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { created, forbidden, noContent, notFound, ok } from '../http/reply.ts';
import type { Comment, Issue, Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { publish } from '../webhooks/publish.ts';
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
    ({ forge, actor, repository, role, params, body }) => {
      checkText('IssueComment', body.body);
      const comment = forge.state.transaction((transaction) => {
        const issue = issueOf(transaction, repository, params.issue_number);
        if (issue.locked && !includes(role, 'write')) throw forbidden('Unable to create comment because issue is locked.');
        const now = Date.now();
        const added = transaction.add('comment', {
          repositoryId: repository.id,
          issueId: issue.id,
          authorId: actor.id,
          body: body.body,
          minimized: null,
          createdAt: now,
          updatedAt: now,
        });
        const updated = transaction.change('issue', issue.id, { updatedAt: now });
        recordMentions(transaction, issue, actor, body.body);
        report({ forge, transaction, actor }, updated, added, 'created');
        return added;
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
      report({ forge, transaction, actor }, issue, changed, 'edited', { changes: { body: { from: before.body } } });
      return changed;
    });
    return ok(presentComment(forge, forge.state, comment));
  }),
  acting('issues/delete-comment', 'read', (call) => {
    const { forge, actor } = call;
    forge.state.transaction((transaction) => {
      const comment = changeable(transaction, call);
      report({ forge, transaction, actor }, transaction.need('issue', comment.issueId), comment, 'deleted');
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

function report(
  { forge, transaction, actor }: Scene,
  issue: Issue,
  comment: Comment,
  action: 'created' | 'edited' | 'deleted',
  payload: Readonly<Record<string, unknown>> = {},
): void {
  const repository = transaction.need('repository', comment.repositoryId);
  transaction.effect({
    kind: `issue_comment.${action}`,
    actor: actor.login,
    repository: fullName(transaction, repository),
    subject: `#${issue.number}`,
    details: { comment: comment.id },
  });
  publish(forge, transaction, repository, actor, {
    name: 'issue_comment',
    action,
    payload: { issue: presentIssueForWebhook(forge, transaction, issue), comment: presentComment(forge, transaction, comment), ...payload },
  });
}
