// GitHub's merge queue: what it shows of a request, and the two ways to move one. GraphQL knows requests by another name.
import type { Octokit } from 'octokit';
import type { EffectOutcome } from '../../../contracts/effect.ts';
import type { MergeQueue, Numbered, Queued } from '../provider.ts';
import { graphqlRefusal } from './errors.ts';

const QUERY = /* GraphQL */ `
  query ($owner: String!, $repo: String!, $number: Int!) {
    viewer {
      login
    }
    repository(owner: $owner, name: $repo) {
      pullRequest(number: $number) {
        id
        mergeQueueEntry {
          enqueuedAt
          position
          enqueuer {
            login
          }
        }
        added: timelineItems(last: 1, itemTypes: [ADDED_TO_MERGE_QUEUE_EVENT]) {
          totalCount
          nodes {
            ... on AddedToMergeQueueEvent {
              createdAt
              enqueuer {
                login
              }
            }
          }
        }
        removed: timelineItems(last: 1, itemTypes: [REMOVED_FROM_MERGE_QUEUE_EVENT]) {
          nodes {
            ... on RemovedFromMergeQueueEvent {
              createdAt
              reason
              actor {
                login
              }
            }
          }
        }
      }
    }
  }
`;

interface Person {
  readonly login: string;
}

interface Answer {
  readonly viewer: Person;
  readonly repository: {
    readonly pullRequest: {
      readonly id: string;
      readonly mergeQueueEntry: { readonly enqueuedAt: string; readonly position: number; readonly enqueuer: Person | null } | null;
      readonly added: {
        readonly totalCount: number;
        readonly nodes: readonly { readonly createdAt: string; readonly enqueuer: Person | null }[];
      };
      readonly removed: {
        readonly nodes: readonly { readonly createdAt: string; readonly reason: string | null; readonly actor: Person | null }[];
      };
    } | null;
  } | null;
}

async function readQueue({ graphql }: Octokit, { owner, repo, number }: Numbered): Promise<Queued & { readonly id: string }> {
  const { viewer, repository } = await graphql<Answer>(QUERY, { owner, repo, number });
  const pull = repository?.pullRequest;
  if (pull === null || pull === undefined) throw new Error(`${owner}/${repo} has no request #${number} any more.`);
  const { mergeQueueEntry: entry, added, removed } = pull;
  const [newest, left] = [added.nodes.at(-1), removed.nodes.at(-1)];
  return {
    id: pull.id,
    us: viewer.login,
    addedAt: entry?.enqueuedAt ?? newest?.createdAt ?? null,
    entry: entry === null ? null : { by: entry.enqueuer?.login ?? '', position: entry.position },
    added: { times: added.totalCount, by: newest?.enqueuer?.login ?? null },
    left:
      left === undefined ? null : { why: left.reason ?? 'for no reason that it tells', by: left.actor?.login ?? null, at: left.createdAt },
  };
}

const ENQUEUE = /* GraphQL */ `
  mutation ($id: ID!, $head: GitObjectID!) {
    enqueuePullRequest(input: { pullRequestId: $id, expectedHeadOid: $head }) {
      mergeQueueEntry {
        enqueuedAt
      }
    }
  }
`;
type Put = { readonly enqueuePullRequest: { readonly mergeQueueEntry: { readonly enqueuedAt: string } } };

const DEQUEUE = /* GraphQL */ `
  mutation ($id: ID!) {
    dequeuePullRequest(input: { id: $id }) {
      clientMutationId
    }
  }
`;

export const mergeQueue = (octokit: Octokit): MergeQueue => ({
  async queue(at) {
    const { id: _, ...queued } = await readQueue(octokit, at);
    return queued;
  },

  async failedInQueue({ owner, repo, number }) {
    const asked = { owner, repo, event: 'merge_group', status: 'failure', per_page: 50 } as const;
    const { data } = await octokit.rest.actions.listWorkflowRunsForRepo(asked);
    return data.workflow_runs.find(({ head_branch: branch }) => branch?.includes(`/pr-${number}-`) === true)?.html_url ?? null;
  },

  async enqueue(at, head) {
    const { id, us } = await readQueue(octokit, at);
    return unlessRefused(async () => {
      const { enqueuePullRequest: put } = await octokit.graphql<Put>(ENQUEUE, { id, head });
      return { by: us, at: put.mergeQueueEntry.enqueuedAt };
    });
  },

  async dequeue(at) {
    const { id, us, entry } = await readQueue(octokit, at);
    if (entry === null) return { state: 'done', result: {} };
    if (entry.by !== us) return { state: 'refused', because: `${entry.by} has put it there.` };
    return unlessRefused(async () => {
      await octokit.graphql(DEQUEUE, { id });
      return {};
    });
  },
});

async function unlessRefused<Result>(act: () => Promise<Result>): Promise<EffectOutcome<Result>> {
  try {
    return { state: 'done', result: await act() };
  } catch (error) {
    const says = graphqlRefusal(error, ['UNPROCESSABLE']);
    if (says === undefined) throw error;
    return { state: 'refused', because: `The forge refused: ${says}` };
  }
}
