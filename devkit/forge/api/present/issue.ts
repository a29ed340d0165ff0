// An issue as GitHub shows it. A pull request is shown as an issue too, with a `pull_request` key and its own node id.
import type { components } from '@octokit/openapi-types';
import { associationOf } from '../../domain/permissions.ts';
import type { Forge } from '../../forge.ts';
import type { Issue, PullRequest } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { nodeId, timestamp, timestampOrNull } from './common.ts';
import { presentLabel } from './label.ts';
import { presentMilestone } from './milestone.ts';
import { presentReactions } from './reaction.ts';
import { presentRepository, repositoryLinks } from './repository.ts';
import { presentUser } from './user.ts';

export type IssueView = components['schemas']['issue'];

/** Where an issue is found: by API as an issue, by people as what it is. */
export function issueLinks(forge: Forge, state: Reader, issue: Issue): { api: string; html: string } {
  const { api, html } = repositoryLinks(forge, state, state.need('repository', issue.repositoryId));
  return { api: `${api}/issues/${issue.number}`, html: `${html}/${issue.pullRequestId === null ? 'issues' : 'pull'}/${issue.number}` };
}

/** @param options.withRepository as in lists that span repositories */
export function presentIssue(forge: Forge, state: Reader, issue: Issue, options: { withRepository?: boolean } = {}): IssueView {
  const repository = state.need('repository', issue.repositoryId);
  const links = repositoryLinks(forge, state, repository);
  const { api: url, html } = issueLinks(forge, state, issue);
  const author = state.need('user', issue.authorId);
  const assignees = issue.assigneeIds.map((id) => presentUser(forge, state.need('user', id)));
  const pull = issue.pullRequestId === null ? undefined : state.need('pullRequest', issue.pullRequestId);
  return {
    url,
    repository_url: links.api,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: html,
    id: issue.id,
    node_id: pull === undefined ? nodeId('issue', issue.id) : nodeId('pullRequest', pull.id),
    number: issue.number,
    title: issue.title,
    body: issue.body,
    user: presentUser(forge, author),
    labels: issue.labelIds.map((id) => presentLabel(forge, state, state.need('label', id))),
    state: issue.state,
    state_reason: issue.stateReason,
    locked: issue.locked,
    active_lock_reason: issue.lockReason,
    assignee: assignees[0] ?? null,
    assignees,
    milestone: issue.milestoneId === null ? null : presentMilestone(forge, state, state.need('milestone', issue.milestoneId)),
    comments: state.select('comment', 'issue', issue.id).length,
    created_at: timestamp(issue.createdAt),
    updated_at: timestamp(issue.updatedAt),
    closed_at: timestampOrNull(issue.closedAt),
    closed_by: issue.closedBy === null ? null : presentUser(forge, state.need('user', issue.closedBy)),
    author_association: associationOf(state, repository, author),
    reactions: presentReactions(state, 'issue', issue.id, url),
    performed_via_github_app: null,
    ...(pull === undefined ? {} : { draft: pull.draft, pull_request: presentPullLinks(links, html, pull) }),
    ...(options.withRepository === true ? { repository: presentRepository(forge, state, repository) } : {}),
  };
}

/** Webhooks say nothing of who closed it: the sender of the event did. */
export function presentIssueForWebhook(forge: Forge, state: Reader, issue: Issue): Omit<IssueView, 'closed_by'> {
  const { closed_by: _closedBy, ...view } = presentIssue(forge, state, issue);
  return view;
}

const presentPullLinks = (links: { api: string }, html: string, pull: PullRequest): NonNullable<IssueView['pull_request']> => ({
  url: `${links.api}/pulls/${pull.number}`,
  html_url: html,
  diff_url: `${html}.diff`,
  patch_url: `${html}.patch`,
  merged_at: timestampOrNull(pull.mergedAt),
});
