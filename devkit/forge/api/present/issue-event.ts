// An entry of an issue's events or its timeline as GitHub shows it. People and issues are kept by their ids, and shown in full.
import type { Forge } from '../../forge.ts';
import type { IssueEvent } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { nodeId, timestamp } from './common.ts';
import { presentIssue } from './issue.ts';
import { repositoryLinks } from './repository.ts';
import { presentUser, type SimpleUser } from './user.ts';

export function presentIssueEvent(forge: Forge, state: Reader, event: IssueEvent): Record<string, unknown> {
  const { api } = repositoryLinks(forge, state, state.need('repository', event.repositoryId));
  const actor = presentUser(forge, state.need('user', event.actorId));
  const { assigneeId, requestedReviewerId, reason: _onlyInGraphql, ...details } = event.details;
  const personOf = (id: unknown): SimpleUser | undefined =>
    typeof id === 'number' ? presentUser(forge, state.need('user', id)) : undefined;
  const assignee = personOf(assigneeId);
  const reviewer = personOf(requestedReviewerId);
  return {
    id: event.id,
    node_id: nodeId('issueEvent', event.id),
    url: `${api}/issues/events/${event.id}`,
    actor,
    event: event.event,
    commit_id: event.commitSha,
    commit_url: event.commitSha === null ? null : `${api}/commits/${event.commitSha}`,
    created_at: timestamp(event.createdAt),
    performed_via_github_app: null,
    ...details,
    ...(assignee === undefined ? {} : { assignee, assigner: actor }),
    ...(reviewer === undefined ? {} : { requested_reviewer: reviewer, review_requester: actor }),
  };
}

/** As in the events of a whole repository, and of one event: with the issue. */
export const presentEventWithIssue = (forge: Forge, state: Reader, event: IssueEvent): Record<string, unknown> => ({
  ...presentIssueEvent(forge, state, event),
  issue: presentIssue(forge, state, state.need('issue', event.issueId)),
});
