// What wakes the owner of a request may be newer than what the forge shows it: lists lag behind the webhooks that tell of them. So whoever has
// heard something looks once more when no list can lag that much any more, before it waits for long. Pure.
import type { MergeRequestAction } from '../contracts/merge-request-actions.ts';
import type { MergeRequestFacts } from './merge-request-facts.ts';
import type { Policy } from './policy.ts';

type Wait = Extract<MergeRequestAction, { kind: 'wait' }>;

/** What is waited for and not seen on the forge: it tells of itself. */
const TELLS_ITSELF: readonly Wait['forWhom'][] = ['session', 'lane', 'upgrade'];

/**
 * The same decisions; the first wait after something was heard is short.
 * @param heard whether anything was heard since the last wait in vain
 */
export function withSecondLook<Facts extends Pick<MergeRequestFacts, 'limits'>>(
  inner: Policy<Facts, MergeRequestAction>,
  heard: boolean,
): Policy<Facts, MergeRequestAction> {
  return {
    rules: inner.rules,
    decide(facts) {
      const decided = inner.decide(facts);
      const { action } = decided;
      const { lagSeconds } = facts.limits;
      if (!heard || lagSeconds === 0 || action.kind !== 'wait' || TELLS_ITSELF.includes(action.forWhom)) return decided;
      return { ...decided, action: { ...action, atMostMinutes: Math.min(action.atMostMinutes, lagSeconds / 60) } };
    },
  };
}
