// Takes a decision and keeps it. Two ends that no policy may forget are here: an action that the calling workflow's code does not know
// becomes a wait for the upgrade (a thrown unknown action loops for ever), and an action whose facts have not changed since it was last
// applied becomes a wait for a person.
import type { Action, Decision } from '../../contracts/decision.ts';
import type { Policy } from '../../policies/policy.ts';
import { digestOf } from '../../store/digest.ts';
import type { Store } from '../../store/store.ts';

export interface Assessment<Facts, A extends Action> {
  readonly policy: Policy<Facts, A>;
  readonly facts: Facts;
  readonly workflow: string;
  /** Number of the decision within the workflow, over all its runs. */
  readonly decision: number;
  readonly attempt: number;
  /** Digest of the facts on which the last effect was applied. */
  readonly applied: string | null;
  readonly understands: readonly string[];
  /** Builds the policy's own kind of waiting. */
  readonly wait: (forWhom: 'operator' | 'upgrade') => A;
}

export async function assess<Facts, A extends Action>(store: Store, input: Assessment<Facts, A>): Promise<Decision<A>> {
  const { workflow, decision, attempt, wait } = input;
  const facts = store.redacted(input.facts); // before the digest, which names what the store keeps
  const digest = digestOf(facts);
  const { rule, because, action } = input.policy.decide(facts);
  const verdict = !input.understands.includes(action.kind)
    ? {
        rule: 'wait-for-upgrade',
        because: `${rule} asks for "${action.kind}", which this workflow's code does not know yet.`,
        action: wait('upgrade'),
      }
    : action.key !== undefined && digest === input.applied
      ? { rule: 'nothing-changed', because: `${rule} was applied and changed nothing.`, action: wait('operator') }
      : { rule, because, action };
  await store.decisions.record({ workflow, seq: decision, attempt, facts, ...verdict });
  return { ...store.redacted(verdict), facts: digest };
}
