// The last look before a request is merged or put where it will be: the gates run once more on fresh facts, because what they stand on may have
// changed since the decision, by minutes if a worker was killed between.
import type { Custody } from '../../contracts/custody.ts';
import type { MergeAsk } from '../../contracts/merge-lane.ts';
import { gates, verdictOf } from '../../policies/gates.ts';
import type { Call } from '../effects/effect.ts';
import { readGateFacts, readGateFactsAgain, type GateDeps } from './gate-facts.ts';

/** Why a request that is in these hands is not merged by us; null where it is. */
export const whyNotOurs = (custody: Custody | undefined): string | null =>
  custody === undefined || custody.policy === 'merge' ? null : `It is in our hands to ${custody.policy}: people merge it.`;

/** Why it must not be merged at the head that was wished for, or null. */
export async function lastLook(deps: GateDeps, ask: MergeAsk, call: Call): Promise<string | null> {
  const notOurs = whyNotOurs(await deps.store.custody.of({ request: ask.request }));
  if (notOurs !== null) return notOurs;
  const facts = await readGateFacts(deps, ask, call);
  if (facts.now.head !== ask.head) return `The head has moved to ${facts.now.head}.`;
  const verdict = verdictOf(gates(facts));
  if (verdict.state !== 'passed') return verdict.because;
  // No forge guards a merge by labels or reviews, and the gates took many calls: what people did meanwhile is the last thing looked at.
  const now = verdictOf(gates(await readGateFactsAgain(deps, ask, facts, call)));
  return now.state === 'passed' ? null : now.because;
}
