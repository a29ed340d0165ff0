// Does an effect once for its key, over crashes, retries, late answers and late attempts; how sure that is depends on the class.
import { ApplicationFailure } from '@temporalio/common';
import type { EffectOutcome } from '../../contracts/effect.ts';
import type { Store } from '../../store/store.ts';
import { act, look } from './call.ts';
import type { Effect } from './effect.ts';
import { isGone, thisProcess } from './holder.ts';
import { markOf } from './mark.ts';

export interface OnceOptions {
  readonly store: Pick<Store, 'ledger' | 'redacted'>;
  readonly installationKey: Uint8Array;
  /** What a lease is longer than the call that it covers: time to write the record. In milliseconds. */
  readonly leaseMarginMs?: number;
}

/** @throws ApplicationFailure, retryable: the effect may or may not have been done, and the next attempt will look. */
export type Once = <Result>(key: string, effect: Effect<Result>) => Promise<EffectOutcome<Result>>;

export function createOnce({ store, installationKey, leaseMarginMs = 5000 }: OnceOptions): Once {
  return async <Result>(key: string, effect: Effect<Result>): Promise<EffectOutcome<Result>> => {
    const { kind, target, cause, deadlineMs } = effect;
    const mark = markOf(installationKey, key);
    const hiddenMs = effect.class === 'marked' ? effect.visibleWithinMs : 0;
    const leaseMs = deadlineMs + leaseMarginMs + hiddenMs;

    // Taken before the claim, so that this process never thinks that its lease lasts longer than the store does.
    const claimedAt = Date.now();
    const self = await thisProcess();
    const newClaim = { key, kind, target, cause, class: effect.class, leaseMs, holder: self };
    let claim = await store.ledger.claim(newClaim);
    if (claim.state === 'held' && (await isGone(claim.holder, self))) {
      await store.ledger.release({ key, attempt: claim.attempt, hiddenMs, because: 'Its process is gone.' });
      claim = await store.ledger.claim(newClaim);
    }
    if (claim.state === 'settled') return claim.outcome as EffectOutcome<Result>;
    if (claim.state === 'held') throw held(key, claim.forMs);
    const { attempt } = claim;

    const settle = async (outcome: EffectOutcome<Result>, by: 'acted' | 'found'): Promise<EffectOutcome<Result>> =>
      (await store.ledger.settle({ key, attempt, outcome, by })).outcome as EffectOutcome<Result>;
    const lookForEarlier = (): Promise<Result | undefined> =>
      attempt === 1 ? Promise.resolve(undefined) : look(mark, deadlineMs, (call) => probe(effect, call));

    let outcome: EffectOutcome<Result>;
    try {
      const earlier = await lookForEarlier();
      if (earlier !== undefined) return await settle({ state: 'done', result: earlier }, 'found');

      // This process may have slept since its claim: whoever holds the key now must not meet a second act.
      const covered = Date.now() + deadlineMs <= claimedAt + leaseMs || (await store.ledger.renew({ key, attempt, leaseMs }));
      if (!covered) throw held(key, leaseMs);
      outcome = await act(mark, deadlineMs, store.redacted, (call) => effect.act(call));

      // Refused, because an earlier attempt's answer was lost, and it has only now come to light?
      const done = outcome.state === 'refused' ? await lookForEarlier() : undefined;
      if (done !== undefined) return await settle({ state: 'done', result: done }, 'found');
    } catch (error) {
      await store.ledger.release({ key, attempt, hiddenMs, because: String(error) });
      throw error;
    }
    return settle(outcome, 'acted');
  };
}

function probe<Result>(effect: Effect<Result>, call: Parameters<Effect<Result>['act']>[0]): Promise<Result | undefined> {
  switch (effect.class) {
    case 'guarded':
      return effect.probe(call);
    case 'marked':
      return effect.find(call).then((found) => found[0]);
    case 'convergent':
    case 'unprobeable':
      return Promise.resolve(undefined);
  }
}

/** Who holds a key is most often done long before its lease is over. */
const LOOK_AGAIN_MS = 1_000;

const held = (key: string, waitMs: number): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'EffectHeld',
    message: `Another attempt holds ${key}.`,
    nextRetryDelay: Math.min(Math.max(1, waitMs), LOOK_AGAIN_MS),
  });
