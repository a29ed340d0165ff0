// Comments on issues and pull requests: how they come to be, and how the world is told what happens to them.
import { presentComment } from '../api/present/comment.ts';
import { presentIssueForWebhook } from '../api/present/issue.ts';
import { fullName } from '../api/present/repository.ts';
import { forbidden } from '../http/reply.ts';
import type { Comment, Issue } from '../state/records.ts';
import { publish } from '../webhooks/publish.ts';
import { includes, roleOf } from './permissions.ts';
import { recordMentions } from './references.ts';
import type { Scene } from './scene.ts';

/** The caller has checked the text. What is locked is closed to all but those who may write. */
export function addComment(scene: Scene, issue: Issue, body: string): Comment {
  const { transaction, actor } = scene;
  const role = roleOf(transaction, transaction.need('repository', issue.repositoryId), actor);
  if (issue.locked && !includes(role, 'write')) throw forbidden('Unable to create comment because issue is locked.');
  const now = Date.now();
  const added = transaction.add('comment', {
    repositoryId: issue.repositoryId,
    issueId: issue.id,
    authorId: actor.id,
    body,
    minimized: null,
    createdAt: now,
    updatedAt: now,
  });
  const updated = transaction.change('issue', issue.id, { updatedAt: now });
  recordMentions(transaction, issue, actor, body);
  reportComment(scene, updated, added, 'created');
  return added;
}

export function reportComment(
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
    payload: () => ({
      issue: presentIssueForWebhook(forge, transaction, issue),
      comment: presentComment(forge, transaction, comment),
      ...payload,
    }),
  });
}
