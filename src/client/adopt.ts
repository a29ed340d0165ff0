// Hands an open request over: everything that its owner needs to know is taken from the forge now.
import { setTimeout as sleep } from 'node:timers/promises';
import { startMergeRequest, type Started } from '../activities/merge-request/start.ts';
import type { Forge } from '../activities/forge/provider.ts';
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
  /** Identity as which it is taken in hand (contracts/identity.ts); null: the installation's own account. */
  readonly as: string | null;
}

export type Adopted =
  | Started
  | ({ readonly state: 'policy' | 'still ending' } & Pick<Started, 'custody'>)
  | { readonly state: 'refused'; readonly because: string };

/** Idempotent while the request is in our hands; after a release it is handed over anew. @throws what the forge throws */
export async function adopt(doors: Doors, forge: Forge, { ref, policy, by, workspace, host, as }: Adopt): Promise<Adopted> {
  const { store, client } = doors;
  const { owner, repo, number } = ref;
  const seen = await forge().request(ref);
  const refused = (because: string): Adopted => ({ state: 'refused', because });
  const name = `${owner}/${repo}#${number}`;
  if (seen.state !== 'open') return refused(`${name} is ${seen.state}. Only an open request can be handed over.`);
  if ((policy ?? 'merge') !== 'watch') {
    if (!seen.isFromHere)
      return refused(
        `The branch of ${name} is in ${seen.from ?? 'a fork that is gone'}, and we push to ${owner}/${repo} only. Hand it over with --policy watch.`,
      );
    if (!(await forge().repository(ref)).mayPush)
      return refused(`The token may not push to ${owner}/${repo}. Hand it over with --policy watch.`);
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

  const issue = await forge().closes(ref);
  const goal = await putText(store, `${seen.title}\n\n${seen.description}`.trim());
  const work = { workspace, owner, repo, host, worktree: id, branch: seen.branch, base: seen.base, ...(as !== null && { as }) };
  return startMergeRequest(
    { store, client },
    { ref, work, goal, head: seen.head, classification: null, author: null, earlier: null, issue, tell: null },
    { policy: policy ?? 'merge', by, because: 'Handed over from the command line.' },
  );
}

/** Its owner says a last word, and ends. */
async function hasEnded({ client }: Doors, id: string): Promise<boolean> {
  for (const deadline = Date.now() + TIMEOUTS.killAnswered; Date.now() < deadline; await sleep(100))
    if ((await workflowStatus(client, id)) !== 'RUNNING') return true;
  return false;
}
