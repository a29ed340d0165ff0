// Takes away the doubles of marked effects: an attempt whose answer came late may have acted beside the one on record.
import type { EffectToSweep } from '../../store/operations/ledger.ts';
import type { Store } from '../../store/store.ts';
import { act, look } from './call.ts';
import type { Identified, Marked } from './effect.ts';
import { markOf } from './mark.ts';

export interface SweepOptions {
  readonly store: Pick<Store, 'ledger' | 'redacted'>;
  readonly installationKey: Uint8Array;
  /** Builds a marked effect of a kind from its target, as it was given to `once`. */
  readonly effects: Readonly<Record<string, (target: unknown) => Marked<Identified>>>;
  /** How long an effect must have been settled: longer than any answer can be late. In milliseconds. */
  readonly quietMs: number;
}

/** Looks at up to 100 effects; returns how many doubles it took away. What fails stays due. */
export function createSweep({ store, installationKey, effects, quietMs }: SweepOptions): () => Promise<number> {
  return async () => {
    const due = await store.ledger.sweepable({ quietMs, kinds: Object.keys(effects), limit: 100 });
    let removed = 0;
    const failures: unknown[] = [];
    for (const one of due) {
      try {
        removed += await sweep(one);
      } catch (error) {
        failures.push(error); // of one account, say: those of others are swept
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
    return removed;
  };

  async function sweep({ key, kind, target, outcome }: EffectToSweep): Promise<number> {
    const effect = effects[kind]?.(target);
    if (effect === undefined) return 0;
    const mark = markOf(installationKey, key);
    const found = await look(mark, effect.deadlineMs, (call) => effect.find(call));
    const recorded = outcome.state === 'done' ? (outcome.result as Identified).id : undefined;
    const kept = found.find(({ id }) => id === recorded) ?? found[0];
    const doubles = found.filter((one) => one !== kept);
    for (const double of doubles) await act(mark, effect.deadlineMs, store.redacted, (call) => effect.remove(call, double));
    await store.ledger.swept({ key, removed: doubles.length });
    return doubles.length;
  }
}
