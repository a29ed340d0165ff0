// What can happen to an issue or to the issue half of a pull request: each change is made, written into the timeline, counted as an effect
// and published, in one transaction. A change that changes nothing does none of it. Labels, assignees, milestones: issue-fields.ts.
import type { Forge } from '../forge.ts';
import type { Issue, User } from '../state/records.ts';
import type { Transaction } from '../state/state.ts';
import { recordIssueEvent, type IssueHappening } from './issue-events.ts';
import { reportIssue } from './issue-report.ts';
import { recordMentions } from './references.ts';

/** Who does something, and the transaction in which it is written down. */
export interface Scene {
  readonly forge: Forge;
  readonly transaction: Transaction;
  readonly actor: User;
}

export function editText(scene: Scene, issue: Issue, text: { readonly title?: string; readonly body?: string | null }): Issue {
  const { title = issue.title, body = issue.body } = text;
  if (title === issue.title && body === issue.body) return issue;
  const changed = change(scene, issue, { title, body });
  if (title !== issue.title) record(scene, changed, { event: 'renamed', details: { rename: { from: issue.title, to: title } } });
  recordMentions(scene.transaction, changed, scene.actor, body);
  reportIssue(scene, changed, 'edited', {
    payload: {
      changes: {
        ...(title === issue.title ? {} : { title: { from: issue.title } }),
        ...(body === issue.body ? {} : { body: { from: issue.body ?? '' } }),
      },
    },
  });
  return changed;
}

/** @param options.commitSha the commit whose message closed it */
export function close(
  scene: Scene,
  issue: Issue,
  options: { readonly reason?: 'completed' | 'not_planned' | 'duplicate'; readonly commitSha?: string } = {},
): Issue {
  const reason = issue.pullRequestId === null ? (options.reason ?? 'completed') : null;
  if (issue.state === 'closed' && (options.reason === undefined || issue.stateReason === reason)) return issue;
  const isReasonOnly = issue.state === 'closed';
  const changed = change(scene, issue, {
    state: 'closed',
    stateReason: reason,
    ...(isReasonOnly ? {} : { closedAt: Date.now(), closedBy: scene.actor.id }),
  });
  record(scene, changed, {
    event: 'closed',
    details: { state_reason: reason },
    ...(options.commitSha === undefined ? {} : { commitSha: options.commitSha }),
  });
  reportIssue(scene, changed, 'closed', reason === null ? {} : { details: { reason } });
  return changed;
}

/** The caller has checked that it can be open again: a merged pull request cannot. */
export function reopen(scene: Scene, issue: Issue): Issue {
  if (issue.state === 'open') return issue;
  const changed = change(scene, issue, {
    state: 'open',
    stateReason: issue.pullRequestId === null ? 'reopened' : null,
    closedAt: null,
    closedBy: null,
  });
  record(scene, changed, { event: 'reopened' });
  reportIssue(scene, changed, 'reopened');
  return changed;
}

export function lock(scene: Scene, issue: Issue, reason: Issue['lockReason']): Issue {
  if (issue.locked && issue.lockReason === reason) return issue;
  const changed = change(scene, issue, { locked: true, lockReason: reason });
  record(scene, changed, { event: 'locked', details: { lock_reason: reason } });
  reportIssue(scene, changed, 'locked');
  return changed;
}

export function unlock(scene: Scene, issue: Issue): Issue {
  if (!issue.locked) return issue;
  const changed = change(scene, issue, { locked: false, lockReason: null });
  record(scene, changed, { event: 'unlocked' });
  reportIssue(scene, changed, 'unlocked');
  return changed;
}

/** Changes fields of an issue, which was thereby updated. */
export const change = ({ transaction }: Scene, issue: Issue, fields: Partial<Omit<Issue, 'id'>>): Issue =>
  transaction.change('issue', issue.id, { ...fields, updatedAt: Date.now() });

/** Writes an event into the timeline. */
export function record({ transaction, actor }: Scene, issue: Issue, happening: IssueHappening): void {
  recordIssueEvent(transaction, { issue, actor, ...happening });
}
