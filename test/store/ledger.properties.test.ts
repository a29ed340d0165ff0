// Whatever several attempts do to one key, and in whichever order: one holder at a time, one outcome for ever.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EffectOutcome } from '../../src/contracts/effect.ts';
import { memoryStore } from './backends.ts';

type Step =
  | { readonly do: 'claim'; readonly leaseMs: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'renew' | 'release' | 'acted' | 'found' | 'refused'; readonly attempt: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('claim' as const), leaseMs: fc.integer({ min: 0, max: 100 }) }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 150 }) }),
  fc.record({
    do: fc.constantFrom('renew' as const, 'release' as const, 'acted' as const, 'found' as const, 'refused' as const),
    attempt: fc.integer({ min: 1, max: 4 }),
  }),
);

const key = 'k';
const described = { key, kind: 'x', class: 'marked', target: null, cause: { askedBy: 'a', rule: 'r' }, holder: null } as const;

it('a key has one live holder and one outcome', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { store, clock } = await memoryStore();
      let attempts = 0;
      /** The newest attempt's lease, as the test reckons it. */
      let leaseUntil = 0;
      let settled: EffectOutcome<unknown> | undefined;
      const acted = new Set<number>();

      for (const [at, step] of steps.entries()) {
        if (step.do === 'pass') clock.now += step.ms;
        else if (step.do === 'claim') {
          const claim = await store.ledger.claim({ ...described, leaseMs: step.leaseMs });
          if (settled !== undefined) expect(claim).toEqual({ state: 'settled', outcome: settled });
          else if (leaseUntil > clock.now)
            expect(claim).toEqual({ state: 'held', forMs: leaseUntil - clock.now, attempt: attempts, holder: null });
          else {
            expect(claim).toEqual({ state: 'claimed', attempt: ++attempts });
            leaseUntil = clock.now + step.leaseMs;
          }
        } else if (step.attempt > attempts) continue;
        else if (step.do === 'renew') {
          const renewed = await store.ledger.renew({ key, attempt: step.attempt, leaseMs: 50 });
          expect(renewed).toBe(step.attempt === attempts && settled === undefined);
          if (renewed) leaseUntil = clock.now + 50;
        } else if (step.do === 'release') {
          await store.ledger.release({ key, attempt: step.attempt, hiddenMs: 0, because: 'failed' });
          if (step.attempt === attempts) leaseUntil = clock.now;
        } else {
          const outcome: EffectOutcome<unknown> =
            step.do === 'refused' ? { state: 'refused', because: `no ${at}` } : { state: 'done', result: { id: at } };
          const by = step.do === 'found' ? 'found' : 'acted';
          if (step.do === 'acted') acted.add(step.attempt);
          const told = await store.ledger.settle({ key, attempt: step.attempt, outcome, by });
          settled ??= outcome;
          expect(told.outcome).toEqual(settled);
        }
      }

      const listed = await store.ledger.settled({ prefix: key });
      expect(listed.map(({ outcome }) => outcome)).toEqual(settled === undefined ? [] : [settled]);
      // Where two attempts have acted, a sweep will look.
      const due = await store.ledger.sweepable({ quietMs: 0, kinds: ['x'], limit: 10 });
      if (settled !== undefined && acted.size > 1) expect(due).toHaveLength(1);
      await store.close();
    }),
    { numRuns: 150 },
  );
});
