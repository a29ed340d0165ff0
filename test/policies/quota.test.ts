// What is left of the quota, and how long owners of requests wait while only the reserve is.
import { describe, expect, it } from '@jest/globals';
import { always, policy } from '../../src/policies/policy.ts';
import { scarcest, withReserve, type Quota } from '../../src/policies/quota.ts';

type Wait = { readonly kind: 'wait'; readonly atMostMinutes: number } | { readonly kind: 'say'; readonly key: string };
const waits = (atMostMinutes: number) =>
  policy<null, Wait>({ id: 'waits', when: always, because: () => 'b', then: () => ({ kind: 'wait', atMostMinutes }) });
const left = (remaining: number, resetsInSeconds: number): Quota => ({ most: 5_000, remaining, resetsInSeconds });
const minutes = (given: number, quota: Quota | null): number | undefined => {
  const { action } = withReserve(waits(given), quota).decide(null);
  return action.kind === 'wait' ? action.atMostMinutes : undefined;
};

describe('the reserve of the quota', () => {
  it('is of what is scarcest of what the forge counts apart', () => {
    const graphql = { ...left(10, 60), most: 100 };
    expect(scarcest([left(4_000, 60), graphql])).toBe(graphql);
    expect(scarcest([])).toBeNull();
  });

  it('makes waits longer until there is more, up to ten times, and nothing else', () => {
    expect([minutes(1, null), minutes(1, left(1_000, 3_000))]).toEqual([1, 1]);
    expect([minutes(1, left(999, 3_000)), minutes(10, left(999, 3_000)), minutes(60, left(999, 3_000))]).toEqual([10, 50, 60]);
    const says = policy<null, Wait>({ id: 'says', when: always, because: () => 'b', then: () => ({ kind: 'say', key: 'k' }) });
    expect(withReserve(says, left(0, 3_000)).decide(null)).toEqual(says.decide(null));
  });
});
