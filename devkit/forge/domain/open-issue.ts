// Opens an issue: its number, what it starts with, its timeline, its events. Pull requests are opened in their own way.
import type { Issue, Label, Milestone, Repository, User } from '../state/records.ts';
import { tellAssignee, tellLabel, tellMilestone } from './issue-fields.ts';
import { reportIssue } from './issue-report.ts';
import type { Scene } from './scene.ts';
import { nextNumber } from './numbers.ts';
import { recordMentions } from './references.ts';

export interface NewIssue {
  readonly title: string;
  readonly body: string | null;
  readonly labels: readonly Label[];
  readonly assignees: readonly User[];
  readonly milestone: Milestone | null;
}

export function openIssue(scene: Scene, repository: Repository, wish: NewIssue): Issue {
  const { transaction, actor } = scene;
  const now = Date.now();
  const labels = [...new Set(wish.labels)];
  const assignees = [...new Set(wish.assignees)];
  const issue = transaction.add('issue', {
    repositoryId: repository.id,
    number: nextNumber(transaction, repository),
    pullRequestId: null,
    title: wish.title,
    body: wish.body,
    authorId: actor.id,
    state: 'open',
    stateReason: null,
    labelIds: labels.map(({ id }) => id),
    assigneeIds: assignees.map(({ id }) => id),
    milestoneId: wish.milestone?.id ?? null,
    locked: false,
    lockReason: null,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    closedBy: null,
  });
  recordMentions(transaction, issue, actor, wish.body);
  reportIssue(scene, issue, 'opened', { details: { title: issue.title } });
  for (const label of labels) tellLabel(scene, issue, 'labeled', label);
  for (const user of assignees) tellAssignee(scene, issue, 'assigned', user);
  if (wish.milestone !== null) tellMilestone(scene, issue, 'milestoned', wish.milestone);
  return issue;
}
