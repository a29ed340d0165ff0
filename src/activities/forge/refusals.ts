// Tells apart what the forge refuses for good (a token that is wrong or may not, a repository that is archived or gone) from what will pass, and
// keeps it for the policy: retrying would ask for ever, and only a person can change the answer.
import { activityInfo } from '@temporalio/activity';
import { accessItem, refusedKey, type Refusal, type StandingRefusal } from '../../contracts/refusal.ts';
import { GitError } from '../../git/command.ts';
import type { Store } from '../../store/store.ts';
import type { Once } from '../effects/once.ts';
import { refusalOf } from './errors.ts';

/** A forge may not show yet what is new: "not there" is believed at this attempt, after some seconds. */
const GONE_AT_ATTEMPT = 6;
const LONGEST = 300;

/** @returns undefined for anything that time may mend: limits, outages, bugs */
export function refusalIn(error: unknown): Refusal | undefined {
  return error instanceof GitError ? ofGit(error.message) : refusalOf(error);
}

const GIT: readonly (readonly [Refusal['reason'], RegExp])[] = [
  ['archived', /\bremote: .*archived/i],
  ['token', /Authentication failed|could not read Username|returned error: 401/i],
  ['rights', /returned error: 403|Permission to \S+ denied/i],
  ['gone', /returned error: 404|\b(?:remote|fatal): repository .*not found/i],
];

function ofGit(message: string): Refusal | undefined {
  const reason = GIT.find(([, pattern]) => pattern.test(message))?.[0];
  if (reason === undefined) return undefined;
  const asked = /^git (?:-\S+ )*(\w[\w-]*)/.exec(message)?.[1] ?? '';
  const says = message.slice(message.indexOf(': ') + 2).replaceAll(/\s+/g, ' ');
  return { reason, asked: `git ${asked}`, says: says.slice(0, LONGEST) };
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
    return { refusal: believed(error) };
  }
}

/** The same for a coordinator: what was refused before and nobody has dealt with counts as well. */
export async function lookFor<Seen>(
  store: Store,
  workflow: string,
  see: () => Promise<Seen>,
): Promise<{ readonly seen: Seen } | { readonly refusal: StandingRefusal }> {
  const { number, standing } = await refusals(store, workflow);
  if (standing !== null) return { refusal: standing };
  const looked = await look(see);
  return 'seen' in looked ? looked : { refusal: { ...looked.refusal, number } };
}

/**
 * Does what asks the forge. A refusal becomes a row that the policy sees with its next look; the effect stays undone, under its key.
 * @returns null where it was refused
 */
export async function unlessRefused<Result>(
  { store, once }: { readonly store: Store; readonly once: Once },
  workflow: string,
  work: () => Promise<Result>,
): Promise<Result | null> {
  try {
    return await work();
  } catch (error) {
    const refusal = believed(error);
    const { number } = await refusals(store, workflow);
    await once(refusedKey(workflow, number), {
      ...{ kind: 'refused', class: 'convergent', target: { workflow }, cause: { askedBy: workflow, rule: 'forge-refuses' } },
      deadlineMs: 1_000,
      act: () => Promise.resolve({ state: 'done', result: refusal }),
    });
    return null;
  }
}

/** How many questions about refusals a coordinator has behind it, and what it was refused since. */
export async function refusals(store: Store, workflow: string): Promise<{ number: number; standing: StandingRefusal | null }> {
  const asked = (await store.outbox.askedBy({ workflow })).filter(({ id }) => isAboutAccess(workflow, id));
  const number = asked.filter(({ answer, withdrawnBecause }) => answer !== undefined || withdrawnBecause !== undefined).length;
  const row = await store.ledger.find({ key: refusedKey(workflow, number) });
  const standing = row?.outcome?.state === 'done' ? { ...(row.outcome.result as Refusal), number } : null;
  return { number, standing };
}

/** The forge answers again: nobody has to do anything about it. */
export async function withdrawAccess(store: Store, workflow: string): Promise<void> {
  for (const { id } of await store.outbox.waiting({ askedBy: workflow }))
    if (isAboutAccess(workflow, id)) await store.outbox.withdraw({ id, because: 'The forge answers again.' });
}

const isAboutAccess = (workflow: string, item: string): boolean => item.startsWith(accessItem(workflow, 0).slice(0, -1));
