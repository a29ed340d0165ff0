// A policy is its order: the first rule that applies decides, and the last one always applies. Pure; no Node types.
import type { Action } from '../contracts/decision.ts';

export interface Rule<Facts, A extends Action> {
  /** Stable over releases: people search for it, metrics count it. */
  readonly id: string;
  readonly when: (facts: Facts) => boolean;
  /** One sentence for people, with the facts that mattered. */
  readonly because: (facts: Facts) => string;
  readonly then: (facts: Facts) => A;
}

export interface Policy<Facts, A extends Action> {
  readonly rules: readonly Rule<Facts, A>[];
  decide(facts: Facts): { rule: string; because: string; action: A };
}

export function policy<Facts, A extends Action>(...rules: [...Rule<Facts, A>[], Rule<Facts, A>]): Policy<Facts, A> {
  return {
    rules,
    decide(facts) {
      const rule = rules.find((candidate) => candidate.when(facts));
      if (rule === undefined) throw new Error('no rule applies; the last rule of a policy must always do');
      return { rule: rule.id, because: rule.because(facts), action: rule.then(facts) };
    },
  };
}

export const always = (): boolean => true;
