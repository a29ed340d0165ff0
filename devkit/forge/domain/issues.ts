// What can happen to an issue or to the issue half of a pull request: each change is made, written into the timeline, counted as an effect
// and published, in one transaction. A change that changes nothing does none of it. Labels, assignees, milestones: issue-fields.ts.
import type { Issue } from '../state/records.ts';
import { recordIssueEvent, type IssueHappening } from './issue-events.ts';
import { reportIssue } from './issue-report.ts';
import { recordMentions } from './references.ts';
import type { Scene } from './scene.ts';

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

/** Pull requests are closed in their own way: pull-request-states.ts. @param options.commitSha the commit whose message closed the issue */
export function close(
  scene: Scene,
  issue: Issue,
  options: { readonly reason?: 'completed' | 'not_planned' | 'duplicate'; readonly commitSha?: string } = {},
): Issue {
  const { reason = 'completed' } = options;
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
  reportIssue(scene, changed, 'closed', { details: { reason } });
  return changed;
}

/** Pull requests are reopened in their own way: reopen-pull-request.ts. */
export function reopen(scene: Scene, issue: Issue): Issue {
  if (issue.state === 'open') return issue;
  const changed = change(scene, issue, {
    state: 'open',
    stateReason: 'reopened',
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
