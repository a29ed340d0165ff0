// When a repository is asked for again.
import { describe, expect, it } from '@jest/globals';
import { pollPolicy, type PollFacts } from '../../src/policies/poll.ts';

const facts: PollFacts = {
  isConfigured: true,
  idle: 0,
  failures: 0,
  failed: '',
  everySeconds: 180,
  isUnsettled: false,
  found: 'Nothing.',
  quota: { most: 5_000, remaining: 4_000, resetsInSeconds: 900 },
};
const decided = (given: Partial<PollFacts>) => {
  const { rule, action } = pollPolicy.decide({ ...facts, ...given });
  return [rule, action.kind === 'pause' ? action.seconds : action.kind];
};

describe('a poll', () => {
  it('comes again after its pause, sooner where the forge does not show everything yet', () => {
    expect(decided({})).toEqual(['asked', 180]);
    expect(decided({ isUnsettled: true })).toEqual(['unsettled', 5]);
    expect(decided({ isUnsettled: true, everySeconds: 1 })).toEqual(['unsettled', 1]);
  });

  it('pauses longer after each failure, up to an hour', () => {
    expect([1, 2, 3, 50].map((failures) => decided({ failures }))).toEqual([
      ['failing', 360],
      ['failing', 720],
      ['failing', 1_440],
      ['failing', 3_600],
    ]);
  });

  it('leaves a fifth of the quota to those who act', () => {
    expect(decided({ quota: { most: 5_000, remaining: 1_000, resetsInSeconds: 900 } })).toEqual(['asked', 180]);
    expect(decided({ quota: { most: 5_000, remaining: 999, resetsInSeconds: 900 } })).toEqual(['quota-low', 900]);
    expect(decided({ quota: null })).toEqual(['asked', 180]);
  });

  it('ends when nobody asks, and not before that is sure', () => {
    expect(decided({ isConfigured: false, idle: 2 })).toEqual(['asked', 180]);
    expect(decided({ isConfigured: false, idle: 3 })).toEqual(['nobody-asks', 'end']);
    expect(decided({ idle: 3 })).toEqual(['asked', 180]);
  });
});
