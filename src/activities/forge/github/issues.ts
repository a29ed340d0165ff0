// Issues of GitHub, which requests are as well where labels and milestones are concerned.
import type { Octokit } from 'octokit';
import type { Issues } from '../provider.ts';
import { issueOf } from './address.ts';
import { unless } from './errors.ts';

const labelName = (label: string | { readonly name?: string | undefined }): string =>
  typeof label === 'string' ? label : (label.name ?? '');
export const labelNames = (labels: readonly (string | { readonly name?: string | undefined })[]): string[] => labels.map(labelName).sort();

export const issues = ({ rest, paginate }: Octokit): Issues => ({
  async issue(which) {
    const { data } = await rest.issues.get(issueOf(which));
    const [owner = which.owner, repo = which.repo] = data.repository_url.split('/').slice(-2);
    return {
      owner,
      repo,
      state: data.state === 'closed' ? 'closed' : 'open',
      isRequest: data.pull_request !== undefined,
      author: data.user?.login ?? null,
      title: data.title,
      body: data.body ?? '',
      labels: labelNames(data.labels),
      milestone: data.milestone?.number ?? null,
      createdAt: data.created_at,
    };
  },

  async labelled(which, isWanted) {
    const events = await paginate(rest.issues.listEvents, { ...issueOf(which), per_page: 100 });
    const put = events.findLast((event) => event.event === 'labeled' && 'label' in event && isWanted(event.label.name));
    if (put === undefined) return null;
    // Null where the account is gone, whatever GitHub's description says.
    const by = (put.actor as { readonly login: string } | null)?.login ?? 'ghost';
    return { id: String(put.id), by };
  },

  addLabels: (which, labels) =>
    unless(
      [422],
      async () => {
        await rest.issues.addLabels({ ...issueOf(which), labels: [...labels] });
        return null;
      },
      wholeMessage,
    ),

  setMilestone: (which, milestone) =>
    unless(
      [422],
      async () => {
        await rest.issues.update({ ...issueOf(which), milestone });
        return null;
      },
      wholeMessage,
    ),

  closeIssue: (which) =>
    unless(
      [301, 404, 410],
      async () => {
        await rest.issues.update({ ...issueOf(which), state: 'closed', state_reason: 'completed' });
        return null;
      },
      'The issue was deleted or moved away.',
    ),
});

const wholeMessage = ({ message }: Error): string => message;
