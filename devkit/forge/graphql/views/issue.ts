// Issues, and what issues and pull requests share: labels, assignees, milestones, comments.
import { nodeId, timestamp, timestampOrNull } from '../../api/present/common.ts';
import { presentComment } from '../../api/present/comment.ts';
import { issueLinks } from '../../api/present/issue.ts';
import { presentLabel } from '../../api/present/label.ts';
import { presentMilestone } from '../../api/present/milestone.ts';
import type { Comment, Issue, Label, Milestone } from '../../state/records.ts';
import { connection, type PageArguments } from '../connection.ts';
import type { Context, View } from '../context.ts';
import { problem } from '../problems.ts';
import { userById } from './actor.ts';
import { minimizableFields, writtenFields } from './comment.ts';

/** What issues and pull requests have in common. */
export function issueFields(context: Context, issue: Issue): View {
  const { forge, state } = context;
  return {
    ...writtenFields(context, issue),
    number: issue.number,
    title: issue.title,
    url: issueLinks(forge, state, issue).html,
    closed: issue.state === 'closed',
    closedAt: timestampOrNull(issue.closedAt),
    locked: issue.locked,
    activeLockReason: issue.lockReason?.toUpperCase().replaceAll(/[ -]/g, '_') ?? null,
    labels: (args: PageArguments) =>
      connection(
        issue.labelIds.map((id) => state.need('label', id)),
        args,
        (label) => labelView(context, label),
      ),
    assignees: (args: PageArguments) =>
      connection(
        issue.assigneeIds.map((id) => ({ id })),
        args,
        ({ id }) => userById(context, id),
      ),
    milestone: () => (issue.milestoneId === null ? null : milestoneView(context, state.need('milestone', issue.milestoneId))),
    comments: (args: PageArguments) =>
      connection(state.select('comment', 'issue', issue.id), args, (comment) => issueCommentView(context, comment)),
    repository: () => context.views.repositoryById(context, issue.repositoryId),
  };
}

/** The issue, or the pull request whose half it is. */
export function issueView(context: Context, issue: Issue): View {
  if (issue.pullRequestId !== null) return context.views.pullRequest(context, context.state.need('pullRequest', issue.pullRequestId));
  return {
    ...issueFields(context, issue),
    __typename: 'Issue',
    id: nodeId('issue', issue.id),
    databaseId: issue.id,
    state: issue.state.toUpperCase(),
    stateReason: issue.stateReason?.toUpperCase() ?? null,
  };
}

export function issueCommentView(context: Context, comment: Comment): View {
  const { forge, state } = context;
  const issue = state.need('issue', comment.issueId);
  return {
    __typename: 'IssueComment',
    id: nodeId('comment', comment.id),
    databaseId: comment.id,
    ...writtenFields(context, comment),
    ...minimizableFields(context, comment),
    url: presentComment(forge, state, comment).html_url,
    issue: () => {
      if (issue.pullRequestId === null) return issueView(context, issue);
      // The field is not null, and a pull request is no Issue: whoever asks learns it, as from `repository.issue`.
      throw problem('NOT_FOUND', `Could not resolve to an Issue with the number of ${issue.number}.`);
    },
    pullRequest: () => (issue.pullRequestId === null ? null : issueView(context, issue)),
    repository: () => context.views.repositoryById(context, comment.repositoryId),
  };
}

export function labelView(context: Context, label: Label): View {
  const { forge, state } = context;
  return {
    __typename: 'Label',
    id: nodeId('label', label.id),
    name: label.name,
    color: label.color,
    description: label.description,
    isDefault: label.default,
    url: presentLabel(forge, state, label).url,
    repository: () => context.views.repositoryById(context, label.repositoryId),
  };
}

export function milestoneView(context: Context, milestone: Milestone): View {
  const { forge, state } = context;
  return {
    __typename: 'Milestone',
    id: nodeId('milestone', milestone.id),
    number: milestone.number,
    title: milestone.title,
    description: milestone.description,
    state: milestone.state.toUpperCase(),
    dueOn: timestampOrNull(milestone.dueOn),
    closed: milestone.state === 'closed',
    closedAt: timestampOrNull(milestone.closedAt),
    createdAt: timestamp(milestone.createdAt),
    updatedAt: timestamp(milestone.updatedAt),
    url: presentMilestone(forge, state, milestone).html_url,
  };
}
