// Keeps what the forge refuses for good (refusal-in.ts) for the policy: retrying would ask for ever, and only a person can change the answer.
// When they have, the work goes on: by their word, or by itself where a look shows that it is mended.
import { activityInfo } from '@temporalio/activity';
import type { Purpose } from '../../contracts/identity.ts';
import { accessItem, refusedKey, type Refusal, type StandingRefusal } from '../../contracts/refusal.ts';
import { GitError } from '../../git/command.ts';
import type { Store } from '../../store/store.ts';
import type { Once } from '../effects/once.ts';
import { seeAll, seeIdentity, type Begun } from './access.ts';
import { byWhom, type Accounts } from './accounts.ts';
import { refusalIn } from './refusal-in.ts';

/** A forge may not show yet what is new: "not there" is believed at this attempt, after some seconds. */
const GONE_AT_ATTEMPT = 6;

/** A coordinator, and as whom it works where. */
export interface Coordinator extends Begun {
  readonly workflow: string;
}

interface Deps {
  readonly store: Store;
  readonly accounts: Accounts;
}

/** Only within an activity: its attempt says how long something has been missing. */
function believed(error: unknown): Refusal {
  const refusal = refusalIn(error);
  if (refusal === undefined || (refusal.reason === 'gone' && activityInfo().attempt < GONE_AT_ATTEMPT)) throw error;
  return refusal;
}

/** What was seen, or why nothing can be. Anything else is thrown. */
export async function look<Seen>(see: () => Promise<Seen>): Promise<{ readonly seen: Seen } | { readonly refusal: Refusal }> {
  try {
    return { seen: await see() };
  } catch (error) {
    return { refusal: { ...believed(error), isSeen: true } };
  }
}

/** The same for a coordinator, once its identity can be used; what was refused before and nobody has dealt with counts as well. */
export async function lookFor<Seen>(
  deps: Deps,
  of: Coordinator,
  see: () => Promise<Seen>,
): Promise<{ readonly seen: Seen } | { readonly refusal: StandingRefusal }> {
  const { number, standing } = await refusals(deps, of);
  if (standing !== null) return { refusal: standing };
  const looked = await look(async () => {
    await seeIdentity(deps.accounts, of);
    return see();
  });
  return 'seen' in looked ? looked : { refusal: { ...looked.refusal, number } };
}

/**
 * Does what asks the forge. A refusal becomes a row that the policy sees with its next look; the effect stays undone, under its key.
 * @param purpose whose account asks the API; git is always asked as who pushes
 * @returns null where it was refused
 */
export async function unlessRefused<Result>(
  deps: Deps & { readonly once: Once },
  of: Coordinator,
  work: () => Promise<Result>,
  purpose: Exclude<Purpose, 'commits'> = 'comments',
): Promise<Result | null> {
  try {
    return await work();
  } catch (error) {
    const { workflow, as } = of;
    const refusal = byWhom(deps.accounts.of(as, error instanceof GitError ? 'requests' : purpose), believed(error));
    const { number } = await refusals(deps, of);
    const isSeen = await isShown(deps, of);
    await deps.once(refusedKey(workflow, number), {
      kind: 'refused',
      class: 'convergent',
      target: { workflow },
      cause: { askedBy: workflow, rule: 'forge-refuses' },
      deadlineMs: 1_000,
      act: () => Promise.resolve({ state: 'done', result: { ...refusal, ...(isSeen && { isSeen }) } }),
    });
    return null;
  }
}

/** How many questions about refusals a coordinator has behind it, and what it was refused since. */
export async function refusals(deps: Deps, of: Coordinator): Promise<{ number: number; standing: StandingRefusal | null }> {
  const { store } = deps;
  const { workflow } = of;
  const asked = (await store.outbox.askedBy({ workflow })).filter(({ id }) => isAboutAccess(workflow, id));
  const number = asked.filter(({ answer, withdrawnBecause }) => answer !== undefined || withdrawnBecause !== undefined).length;
  const row = await store.ledger.find({ key: refusedKey(workflow, number) });
  if (row?.outcome?.state !== 'done') return { number, standing: null };
  const standing = { ...(row.outcome.result as Refusal), number };
  const open = asked.find(({ id }) => id === accessItem(workflow, number));
  if (standing.isSeen !== true || open === undefined || (await isShown(deps, of))) return { number, standing };
  await store.outbox.withdraw({ id: open.id, because: ANSWERS_AGAIN });
  return { number: number + 1, standing: null };
}

/** Whether a look shows that there is something wrong. That the forge is away shows nothing. */
async function isShown({ accounts }: Deps, of: Coordinator): Promise<boolean> {
  try {
    await seeAll(accounts, of);
    return false;
  } catch (error) {
    if (refusalIn(error) === undefined) throw error;
    return true;
  }
}

/** The forge answers again: nobody has to do anything about it. */
export async function withdrawAccess(store: Store, workflow: string): Promise<void> {
  for (const { id } of await store.outbox.waiting({ askedBy: workflow }))
    if (isAboutAccess(workflow, id)) await store.outbox.withdraw({ id, because: ANSWERS_AGAIN });
}

const ANSWERS_AGAIN = 'The forge answers again.';

const isAboutAccess = (workflow: string, item: string): boolean => item.startsWith(accessItem(workflow, 0).slice(0, -1));
