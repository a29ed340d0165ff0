// What is left of what the forge lets us ask, and who leaves how much of it to whom: polls ask nothing in the reserve, owners of requests look
// less often by themselves; what people do is heeded, answered and merged from it. Pure.
import type { Action } from '../contracts/decision.ts';
import type { Policy } from './policy.ts';

export interface Quota {
  readonly most: number;
  readonly remaining: number;
  readonly resetsInSeconds: number;
}

/** Share of the quota that is kept for those who act. */
const RESERVE = 0.2;
/** How many times as long a wait may be while only the reserve is left. */
const PATIENCE = 10;

export const isLow = (quota: Quota | null): boolean => quota !== null && quota.remaining < quota.most * RESERVE;

/** Of what the forge counts apart, what is scarcest. */
export const scarcest = (quotas: readonly Quota[]): Quota | null =>
  [...quotas].sort((a, b) => a.remaining / a.most - b.remaining / b.most)[0] ?? null;

type Patient = Action & { readonly atMostMinutes?: number };

/**
 * The same decisions, whose waits are longer while only the reserve is left: until there is more, but at most ten times as long. Whoever is
 * waited for ends them as ever.
 */
export function withReserve<Facts, A extends Patient>(inner: Policy<Facts, A>, quota: Quota | null): Policy<Facts, A> {
  return {
    rules: inner.rules,
    decide(facts) {
      const decided = inner.decide(facts);
      const { atMostMinutes: given } = decided.action;
      if (given === undefined || quota === null || !isLow(quota)) return decided;
      const atMostMinutes = Math.max(given, Math.min(given * PATIENCE, Math.ceil(quota.resetsInSeconds / 60)));
      return { ...decided, action: { ...decided.action, atMostMinutes } };
    },
  };
}
