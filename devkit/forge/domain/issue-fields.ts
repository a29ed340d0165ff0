// The labels, assignees and milestone of an issue: put as a whole, told one by one.
import { presentLabel } from '../api/present/label.ts';
import { presentMilestone } from '../api/present/milestone.ts';
import { presentUser } from '../api/present/user.ts';
import type { Issue, Label, Milestone, User } from '../state/records.ts';
import { reportIssue } from './issue-report.ts';
import { change, record } from './issues.ts';
import type { Scene } from './scene.ts';

/** Gives the issue exactly these labels. */
export function setLabels(scene: Scene, issue: Issue, labels: readonly Label[]): Issue {
  const labelIds = [...new Set(labels.map(({ id }) => id))];
  const { removed, added } = difference(issue.labelIds, labelIds);
  if (removed.length + added.length === 0) return issue;
  const changed = change(scene, issue, { labelIds });
  for (const id of removed) tellLabel(scene, changed, 'unlabeled', scene.transaction.need('label', id));
  for (const id of added) tellLabel(scene, changed, 'labeled', scene.transaction.need('label', id));
  return changed;
}

/** Gives the issue exactly these assignees. */
export function setAssignees(scene: Scene, issue: Issue, users: readonly User[]): Issue {
  const assigneeIds = [...new Set(users.map(({ id }) => id))];
  const { removed, added } = difference(issue.assigneeIds, assigneeIds);
  if (removed.length + added.length === 0) return issue;
  const changed = change(scene, issue, { assigneeIds });
  for (const id of removed) tellAssignee(scene, changed, 'unassigned', scene.transaction.need('user', id));
  for (const id of added) tellAssignee(scene, changed, 'assigned', scene.transaction.need('user', id));
  return changed;
}

export function setMilestone(scene: Scene, issue: Issue, milestone: Milestone | null): Issue {
  const before = issue.milestoneId;
  if (before === (milestone?.id ?? null)) return issue;
  const changed = change(scene, issue, { milestoneId: milestone?.id ?? null });
  if (before !== null) tellMilestone(scene, changed, 'demilestoned', scene.transaction.need('milestone', before));
  if (milestone !== null) tellMilestone(scene, changed, 'milestoned', milestone);
  return changed;
}

export function tellLabel(scene: Scene, issue: Issue, event: 'labeled' | 'unlabeled', label: Label): void {
  record(scene, issue, { event, details: { label: { name: label.name, color: label.color } } });
  reportIssue(scene, issue, event, {
    payload: { label: presentLabel(scene.forge, scene.transaction, label) },
    details: { label: label.name },
  });
}

export function tellAssignee(scene: Scene, issue: Issue, event: 'assigned' | 'unassigned', user: User): void {
  record(scene, issue, { event, details: { assigneeId: user.id } });
  reportIssue(scene, issue, event, { payload: { assignee: presentUser(scene.forge, user) }, details: { assignee: user.login } });
}

export function tellMilestone(scene: Scene, issue: Issue, event: 'milestoned' | 'demilestoned', milestone: Milestone): void {
  record(scene, issue, { event, details: { milestone: { title: milestone.title } } });
  const view = presentMilestone(scene.forge, scene.transaction, milestone);
  reportIssue(scene, issue, event, { payload: { milestone: view }, details: { milestone: milestone.title } });
}

const difference = (before: readonly number[], after: readonly number[]): { removed: number[]; added: number[] } => ({
  removed: before.filter((id) => !after.includes(id)),
  added: after.filter((id) => !before.includes(id)),
});
