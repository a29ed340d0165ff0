// Hands an open request over: everything that its owner needs to know is taken from the forge now.
import { setTimeout as sleep } from 'node:timers/promises';
import { startMergeRequest, type Started } from '../activities/merge-request/start.ts';
import type { Forge } from '../activities/forge/client.ts';
import { putText } from '../activities/work/texts.ts';
import type { CustodyPolicy } from '../contracts/custody.ts';
import { TIMEOUTS } from '../contracts/timeouts.ts';
import { mergeRequestId, type MergeRequestRef } from '../contracts/work.ts';
import { workflowStatus } from '../activities/task/begin.ts';
import { nudge } from '../activities/mail/nudge.ts';
import type { Doors } from './send.ts';

export interface Adopt {
  readonly ref: MergeRequestRef;
  /** Undefined: `merge`, or what it has. */
  readonly policy: CustodyPolicy | undefined;
  readonly by: string;
  readonly workspace: string;
  /** Host that is to have the worktree. */
  readonly host: string;
}

export type Adopted =
  | Started
  | ({ readonly state: 'policy' | 'still ending' } & Pick<Started, 'custody'>)
  | { readonly state: 'refused'; readonly because: string };

/** Idempotent while the request is in our hands; after a release it is handed over anew. @throws what octokit throws */
export async function adopt(doors: Doors, forge: Forge, { ref, policy, by, workspace, host }: Adopt): Promise<Adopted> {
  const { store, client } = doors;
  const { owner, repo, number } = ref;
  const { data: pull } = await forge().rest.pulls.get({ owner, repo, pull_number: number });
  const refused = (because: string): Adopted => ({ state: 'refused', because });
  const name = `${owner}/${repo}#${number}`;
  if (pull.merged || pull.state === 'closed')
    return refused(`${name} is ${pull.merged ? 'merged' : 'closed'}. Only an open request can be handed over.`);
  if ((policy ?? 'merge') !== 'watch') {
    // A fork that is gone is null, whatever GitHub's description says.
    const from = pull.head.repo as typeof pull.head.repo | null;
    if (from?.full_name !== pull.base.repo.full_name)
      return refused(
        `The branch of ${name} is in ${from?.full_name ?? 'a fork that is gone'}, and we push to ${owner}/${repo} only. Hand it over with --policy watch.`,
      );
    const { data } = await forge().rest.repos.get({ owner, repo });
    if (data.permissions?.push !== true) return refused(`The token may not push to ${owner}/${repo}. Hand it over with --policy watch.`);
  }

  const id = mergeRequestId(ref);
  const before = await store.custody.of({ request: id });
  if (before?.state === 'active' || before?.state === 'paused') {
    if (policy !== undefined && policy !== before.policy) {
      const said = await store.custody.setPolicy({ request: id, policy, by, because: 'Handed over again.' });
      await nudge(doors, id);
      if (said.state !== 'unknown') return { state: 'policy', custody: said.custody };
    }
  } else if (before !== undefined && !(await hasEnded(doors, id))) return { state: 'still ending', custody: before };

  const issue = await linkedIssue(forge, ref);
  const goal = await putText(store, `${pull.title}\n\n${pull.body ?? ''}`.trim());
  const work = { workspace, owner, repo, host, worktree: id, branch: pull.head.ref, base: pull.base.ref };
  return startMergeRequest(
    { store, client },
    { ref, work, goal, head: pull.head.sha, classification: null, author: null, earlier: null, issue, tell: null },
    { policy: policy ?? 'merge', by, because: 'Handed over from the command line.' },
  );
}

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

/** The issue that its merge closes, by the forge's own reading of the description; the first where it names several. */
async function linkedIssue(forge: Forge, { owner, repo, number }: MergeRequestRef): Promise<number | null> {
  const { repository } = await forge().graphql<Closes>(CLOSES, { owner, repo, number });
  const closes = repository?.pullRequest?.closingIssuesReferences?.nodes ?? [];
  const here = `${owner}/${repo}`.toLowerCase();
  return closes.find((one) => one?.repository.nameWithOwner.toLowerCase() === here)?.number ?? null;
}

/** Its owner says a last word, and ends. */
async function hasEnded({ client }: Doors, id: string): Promise<boolean> {
  for (const deadline = Date.now() + TIMEOUTS.killAnswered; Date.now() < deadline; await sleep(100))
    if ((await workflowStatus(client, id)) !== 'RUNNING') return true;
  return false;
}
