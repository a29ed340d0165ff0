// What the forge's merge queue shows of a request. Reads only.
import type { Octokit } from 'octokit';
import type { QueueFacts } from '../../contracts/merge-queue.ts';
import type { MergeRequestRef } from '../../contracts/work.ts';

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

/** @returns also by what name GraphQL knows the request, and when it was put into the queue last */
export async function readQueue(
  octokit: Octokit,
  { owner, repo, number }: MergeRequestRef,
): Promise<Omit<QueueFacts, 'failedAt'> & { readonly id: string; readonly addedAt: string | null }> {
  const { viewer, repository } = await octokit.graphql<Answer>(QUERY, { owner, repo, number });
  const pull = repository?.pullRequest;
  if (pull === null || pull === undefined) throw new Error(`${owner}/${repo} has no request #${number} any more.`);
  const { mergeQueueEntry: entry, added, removed } = pull;
  const [newest, left] = [added.nodes.at(-1), removed.nodes.at(-1)];
  return {
    ...{ id: pull.id, us: viewer.login, addedAt: entry?.enqueuedAt ?? newest?.createdAt ?? null },
    entry: entry === null ? null : { by: entry.enqueuer?.login ?? '', position: entry.position },
    added: { times: added.totalCount, by: newest?.enqueuer?.login ?? null },
    left:
      left === undefined ? null : { why: left.reason ?? 'for no reason that it tells', by: left.actor?.login ?? null, at: left.createdAt },
  };
}

/** Where the newest run of CI that the queue has asked for has failed on a request; null where none has, or it is not CI of the forge. */
export async function failedInQueue(octokit: Octokit, { owner, repo, number }: MergeRequestRef): Promise<string | null> {
  const asked = { owner, repo, event: 'merge_group', status: 'failure', per_page: 50 } as const;
  const { data } = await octokit.rest.actions.listWorkflowRunsForRepo(asked);
  return data.workflow_runs.find(({ head_branch: branch }) => branch?.includes(`/pr-${number}-`) === true)?.html_url ?? null;
}
