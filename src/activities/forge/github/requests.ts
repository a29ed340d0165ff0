// Requests of GitHub: what one shows, which there are, and what is done to them.
import type { Octokit } from 'octokit';
import type { Requests } from '../provider.ts';
import { issueOf, placeOf, pullOf } from './address.ts';
import { unless, unlessMissing, wordsOf } from './errors.ts';
import { readFacts, readFactsAgain } from './facts.ts';
import { labelNames } from './issues.ts';

const CLOSES = /* GraphQL */ `
  query ($owner: String!, $repo: String!, $number: Int!) {
    repository(owner: $owner, name: $repo) {
      pullRequest(number: $number) {
        closingIssuesReferences(first: 20) {
          nodes {
            number
            repository {
              nameWithOwner
            }
          }
        }
      }
    }
  }
`;
interface Closes {
  readonly repository: {
    readonly pullRequest: {
      readonly closingIssuesReferences: {
        readonly nodes: readonly ({ readonly number: number; readonly repository: { readonly nameWithOwner: string } } | null)[] | null;
      } | null;
    } | null;
  } | null;
}

export const requests = (octokit: Octokit): Requests => {
  const { rest, paginate, graphql } = octokit;
  return {
    async request(which) {
      const { data: pull } = await rest.pulls.get(pullOf(which));
      // A fork that is gone is null, whatever GitHub's description says.
      const from = (pull.head.repo as typeof pull.head.repo | null)?.full_name ?? null;
      return {
        state: pull.merged ? 'merged' : pull.state,
        author: pull.user.login,
        title: pull.title,
        description: pull.body ?? '',
        head: pull.head.sha,
        branch: pull.head.ref,
        base: pull.base.ref,
        from,
        isFromHere: from === pull.base.repo.full_name,
        takesPushes: from === pull.base.repo.full_name || (from !== null && pull.maintainer_can_modify),
        merged: pull.merged ? { sha: pull.merge_commit_sha ?? '', by: pull.merged_by?.login ?? null } : null,
      };
    },

    facts: (ref, known) => readFacts(octokit, ref, known),
    factsAgain: (ref, before) => readFactsAgain(octokit, ref, before),

    async openRequests({ owner, repo }, base) {
      const asked = { owner, repo, state: 'open', per_page: 100, ...(base === undefined ? {} : { base }) } as const;
      const open = await paginate(rest.pulls.list, asked);
      return open.map(({ number, head, base: into }) => ({ number, branch: head.ref, base: into.ref }));
    },

    async requestsFrom({ owner, repo }, branch, state) {
      const { data } = await rest.pulls.list({ owner, repo, state, head: `${owner}:${branch}` });
      return data.map(({ number }) => number);
    },

    async requestsAt({ owner, repo }, commit) {
      const asked = { owner, repo, commit_sha: commit, per_page: 100 };
      const found = await unlessMissing(() => rest.repos.listPullRequestsAssociatedWithCommit(asked), [404, 422]);
      return (found?.data ?? []).filter(({ head, state }) => head.sha === commit && state === 'open').map(({ number }) => number);
    },

    async closes({ owner, repo, number }) {
      const { repository } = await graphql<Closes>(CLOSES, { owner, repo, number });
      const closes = repository?.pullRequest?.closingIssuesReferences?.nodes ?? [];
      const here = `${owner}/${repo}`.toLowerCase();
      return closes.find((one) => one?.repository.nameWithOwner.toLowerCase() === here)?.number ?? null;
    },

    async mentions(which) {
      const events = await paginate(rest.issues.listEventsForTimeline, { ...issueOf(which), per_page: 100 });
      const sources = events.flatMap((event) =>
        event.event === 'cross-referenced' && 'source' in event && event.source.issue !== undefined ? [event.source.issue] : [],
      );
      return sources.map((source) => ({
        number: source.number,
        isRequest: source.pull_request !== undefined,
        title: source.title,
        body: source.body ?? '',
        labels: labelNames(source.labels),
        by: source.user?.login ?? 'somebody',
        createdAt: source.created_at,
      }));
    },

    openRequest: (place, { branch, ...words }) =>
      unless([422], async () => ({ id: (await rest.pulls.create({ ...placeOf(place), head: branch, ...words })).data.number })),

    async describe(which, change) {
      const { data } = await rest.pulls.get(pullOf(which));
      const body = change(data.body ?? '');
      if (body !== (data.body ?? '')) await rest.pulls.update({ ...pullOf(which), body });
    },

    retarget: (which, base) =>
      unless([422], async () => {
        await rest.pulls.update({ ...pullOf(which), base });
        return null;
      }),

    askReviewers: (which, reviewers) =>
      unless([422], async () => {
        const users = reviewers.filter((name) => !name.includes('/'));
        const teams = reviewers.flatMap((name) => name.split('/')[1] ?? []);
        await rest.pulls.requestReviewers({ ...pullOf(which), reviewers: users, team_reviewers: teams });
        return null;
      }),

    mergeRequest: (which, { head, method }) =>
      unless(
        [405, 409, 422],
        async () => ({ sha: (await rest.pulls.merge({ ...pullOf(which), sha: head, merge_method: method })).data.sha }),
        (error) => `The forge refused: ${wordsOf(error)}`,
      ),
  };
};
