// Hands an open request over: everything that its owner needs to know is taken from the forge now.
import { setTimeout as sleep } from 'node:timers/promises';
import { startMergeRequest, type Started } from '../activities/merge-request/start.ts';
import type { Forge, Request } from '../activities/forge/provider.ts';
import { putText } from '../activities/work/texts.ts';
import type { CustodyPolicy } from '../contracts/custody.ts';
import { TIMEOUTS } from '../contracts/timeouts.ts';
import type { MergeRequestInput } from '../contracts/merge-request.ts';
import { mergeRequestId, type MergeRequestRef, type Work } from '../contracts/work.ts';
import { workflowStatus } from '../activities/task/begin.ts';
import { nudge } from '../activities/mail/nudge.ts';
import { inputOf } from './input-of.ts';
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
  /** Whether commands of agents run in a sandbox on this host. */
  readonly confined: boolean;
}

export type Adopted =
  | Started
  | ({ readonly state: 'policy' | 'still ending' } & Pick<Started, 'custody'>)
  | { readonly state: 'refused'; readonly because: string };

/** Idempotent while the request is in our hands; after a release it is handed over anew. @throws what the forge throws */
export async function adopt(doors: Doors, forge: Forge, { ref, policy, by, workspace, host, as, confined }: Adopt): Promise<Adopted> {
  const { store, client } = doors;
  const { owner, repo, number } = ref;
  const seen = await forge().request(ref);
  const refused = (because: string): Adopted => ({ state: 'refused', because });
  const name = `${owner}/${repo}#${number}`;
  if (seen.state !== 'open') return refused(`${name} is ${seen.state}. Only an open request can be handed over.`);
  const id = mergeRequestId(ref);
  const before = await store.custody.of({ request: id });
  const isInHand = before?.state === 'active' || before?.state === 'paused';
  if ((policy ?? (isInHand ? before.policy : 'merge')) !== 'watch') {
    const because = seen.isFromHere ? null : whyNotFork(name, seen, confined);
    if (because !== null) return refused(`${because}, or hand it over with --policy watch.`);
    if (!(await forge().repository(ref)).mayPush)
      return refused(`The token may not push to ${owner}/${repo}. Hand it over with --policy watch.`);
  }

  if (isInHand) {
    if (policy !== undefined && policy !== before.policy) {
      const given = seen.isFromHere ? undefined : await inputOf<MergeRequestInput>(client, id);
      if (given !== undefined && given.work.from === undefined)
        return refused(
          `${name} was handed over before branches of forks were pushed to. "signalbox mr release ${name}", then hand it over anew.`,
        );
      const said = await store.custody.setPolicy({ request: id, policy, by, because: 'Handed over again.' });
      await nudge(doors, id);
      if (said.state !== 'unknown') return { state: 'policy', custody: said.custody };
    }
  } else if (before !== undefined && !(await hasEnded(doors, id))) return { state: 'still ending', custody: before };

  const issue = await forge().closes(ref);
  const goal = await putText(store, `${seen.title}\n\n${seen.description}`.trim());
  const work = {
    workspace,
    owner,
    repo,
    host,
    worktree: id,
    branch: seen.branch,
    base: seen.base,
    ...(!seen.isFromHere && seen.from !== null && { from: placeOf(seen.from) }),
    ...(as !== null && { as }),
  };
  return startMergeRequest(
    { store, client },
    { ref, work, goal, head: seen.head, classification: null, author: null, earlier: null, issue, tell: null },
    { policy: policy ?? 'merge', by, because: 'Handed over from the command line.' },
  );
}

/** Why a request from a fork is only watched; null where it may be more. */
function whyNotFork(name: string, { from, takesPushes }: Pick<Request, 'from' | 'takesPushes'>, confined: boolean): string | null {
  if (from === null) return `The branch of ${name} is in a fork that is gone. Close it`;
  if (!takesPushes)
    return `The branch of ${name} is in ${from}, and its author has not let maintainers push there. Ask for "Allow edits by maintainers" on the request`;
  // Nobody here has looked at what its tests run.
  if (!confined) return `${name} is code of ${from}, and would run here without a sandbox. Take --unsandboxed away (SIGNALBOX_UNSANDBOXED)`;
  return null;
}

function placeOf(name: string): NonNullable<Work['from']> {
  const [owner = '', repo = ''] = name.split('/');
  return { owner, repo };
}

/** Its owner says a last word, and ends. */
async function hasEnded({ client }: Doors, id: string): Promise<boolean> {
  for (const deadline = Date.now() + TIMEOUTS.killAnswered; Date.now() < deadline; await sleep(100))
    if ((await workflowStatus(client, id)) !== 'RUNNING') return true;
  return false;
}
