import { describe, expect, it } from '@jest/globals';
import { always, policy } from '../../src/policies/policy.ts';

const order = policy<number, { kind: string }>(
  { id: 'negative', when: (n) => n < 0, because: (n) => `${n} is negative.`, then: () => ({ kind: 'stop' }) },
  { id: 'otherwise', when: always, because: () => 'Nothing else applies.', then: () => ({ kind: 'go' }) },
);

describe('a policy', () => {
  it('is decided by the first rule that applies, with its reason', () => {
    expect(order.decide(-1)).toEqual({ rule: 'negative', because: '-1 is negative.', action: { kind: 'stop' } });
    expect(order.decide(1)).toEqual({ rule: 'otherwise', because: 'Nothing else applies.', action: { kind: 'go' } });
  });

  it('refuses to decide when its last rule does not always apply', () => {
    const partial = policy<number, { kind: string }>({ id: 'never', when: () => false, because: () => '', then: () => ({ kind: 'go' }) });
    expect(() => partial.decide(1)).toThrow('must always');
  });
});
