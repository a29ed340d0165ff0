// The timeline of an issue or a pull request: its events, comments, reviews, commits, and where else it was mentioned.
import { associationOf } from '../../domain/permissions.ts';
import type { Forge } from '../../forge.ts';
import type { IssueEvent, Review } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { nodeId, timestamp } from './common.ts';
import { presentIssue } from './issue.ts';
import { presentIssueEvent } from './issue-event.ts';
import { repositoryLinks } from './repository.ts';
import { presentUser } from './user.ts';

export function presentTimelineEvent(forge: Forge, state: Reader, event: IssueEvent): Record<string, unknown> {
  const source = event.details['sourceIssueId'];
  if (typeof source !== 'number') return presentIssueEvent(forge, state, event);
  const at = timestamp(event.createdAt);
  return {
    actor: presentUser(forge, state.need('user', event.actorId)),
    created_at: at,
    updated_at: at,
    source: { type: 'issue', issue: presentIssue(forge, state, state.need('issue', source), { withRepository: true }) },
    event: event.event,
  };
}

export function presentReviewed(forge: Forge, state: Reader, review: Review): Record<string, unknown> {
  const pull = state.need('pullRequest', review.pullRequestId);
  const repository = state.need('repository', pull.repositoryId);
  const { api, html } = repositoryLinks(forge, state, repository);
  const author = state.need('user', review.authorId);
  const url = `${html}/pull/${pull.number}#pullrequestreview-${review.id}`;
  const pullUrl = `${api}/pulls/${pull.number}`;
  return {
    id: review.id,
    node_id: nodeId('review', review.id),
    user: presentUser(forge, author),
    body: review.body,
    commit_id: review.commitSha,
    submitted_at: timestamp(review.submittedAt ?? review.updatedAt),
    state: review.state.toLowerCase(),
    html_url: url,
    pull_request_url: pullUrl,
    author_association: associationOf(state, repository, author),
    _links: { html: { href: url }, pull_request: { href: pullUrl } },
    event: 'reviewed',
  };
}
