// A milestone as GitHub shows it, with its issues and pull requests counted.
import type { components } from '@octokit/openapi-types';
import type { Forge } from '../../forge.ts';
import type { Milestone } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { nodeId, timestamp, timestampOrNull } from './common.ts';
import { repositoryLinks } from './repository.ts';
import { presentUser } from './user.ts';

export type MilestoneView = components['schemas']['milestone'];

export function presentMilestone(forge: Forge, state: Reader, milestone: Milestone): MilestoneView {
  const { api, html } = repositoryLinks(forge, state, state.need('repository', milestone.repositoryId));
  const url = `${api}/milestones/${milestone.number}`;
  const issues = state.select('issue', 'repository', milestone.repositoryId).filter(({ milestoneId }) => milestoneId === milestone.id);
  const open = issues.filter((issue) => issue.state === 'open').length;
  return {
    url,
    html_url: `${html}/milestone/${milestone.number}`,
    labels_url: `${url}/labels`,
    id: milestone.id,
    node_id: nodeId('milestone', milestone.id),
    number: milestone.number,
    title: milestone.title,
    description: milestone.description,
    creator: presentUser(forge, state.need('user', milestone.creatorId)),
    open_issues: open,
    closed_issues: issues.length - open,
    state: milestone.state,
    created_at: timestamp(milestone.createdAt),
    updated_at: timestamp(milestone.updatedAt),
    due_on: timestampOrNull(milestone.dueOn),
    closed_at: timestampOrNull(milestone.closedAt),
  };
}
