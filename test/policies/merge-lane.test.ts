// The lane's rules: each can fire, nothing is merged that may not be, and every wish ends.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GATES, type Gate } from '../../src/contracts/proof.ts';
import { hasItsTurn, mergeLanePolicy, type WishFacts } from '../../src/policies/merge-lane.ts';

const gatesOf = (state: 'met' | 'unmet' | 'pending'): readonly Gate[] =>
  GATES.map((name, at) => ({
    ...{ name, needed: true, because: `${name}.`, byPeople: false, evidence: [] },
    met: at > 0 || state === 'met',
    pending: at === 0 && state === 'pending',
  }));
const ready: WishFacts = {
  ...{ id: 'mr/7/merge/c1/0', number: 7, head: 'c1', proof: 'p1', merge: 'not begun', overdue: false, refusal: null },
  ...{ now: { state: 'open', head: 'c1', merged: null }, gates: gatesOf('met'), files: ['a.ts', 'b.ts'] },
};
const pending: WishFacts = { ...ready, gates: gatesOf('pending') };
const merged: WishFacts = { ...ready, now: { state: 'merged', head: 'c1', merged: { sha: 'm1', by: 'ann' } } };
const unseen: WishFacts = { ...ready, gates: [], proof: '', refusal: { reason: 'token', asked: 'GET /', says: '401' } };
const done = { state: 'done', result: { sha: 'm1', method: 'squash', by: 'bot' } } as const;
const refused = { state: 'refused', because: 'no' } as const;
const decide = (...wishes: readonly WishFacts[]) => mergeLanePolicy.decide({ wishes });

describe('the merge lane’s policy', () => {
  const cases: Record<string, readonly WishFacts[]> = {
    'nothing-asked': [],
    'forge-refuses': [unseen],
    'outcome-unseen': [{ ...unseen, merge: 'begun' }],
    merged: [{ ...merged, merge: done }],
    'merged-by-others': [merged],
    'merge-unrecorded': [{ ...merged, merge: 'begun' }],
    'merge-refused': [{ ...ready, merge: refused }],
    closed: [{ ...ready, now: { ...ready.now, state: 'closed' } }],
    'head-moved': [{ ...ready, now: { ...ready.now, head: 'c2' } }],
    'gate-unmet': [{ ...ready, gates: gatesOf('unmet') }],
    'waited-too-long': [{ ...pending, overdue: true }],
    'gate-pending': [pending],
    'all-gates-pass': [ready],
  };

  it.each(Object.entries(cases))('reaches %s', (rule, wishes) => {
    expect(mergeLanePolicy.decide({ wishes }).rule).toBe(rule);
  });

  it('has no rule that these cases leave out', () => {
    expect(mergeLanePolicy.rules.map(({ id }) => id).sort()).toEqual(Object.keys(cases).sort());
  });

  it('says whose merge it was', () => {
    expect(decide({ ...merged, merge: done }).action).toMatchObject({
      outcome: { state: 'merged', sha: 'm1', method: 'squash', by: 'bot' },
    });
    expect(decide({ ...merged, merge: refused }).action).toMatchObject({ outcome: { state: 'merged by others', sha: 'm1', by: 'ann' } });
  });

  it('lets a wish pass that is ready while an older one waits for the forge', () => {
    const newer = { ...ready, id: 'mr/8/merge/c1/0', number: 8, files: ['c.ts'] };
    expect(decide(pending, newer).action).toMatchObject({ kind: 'merge', key: newer.id });
    expect(decide(ready, newer).action).toMatchObject({ kind: 'merge', key: ready.id });
    expect(decide(pending, pending).action).toMatchObject({ kind: 'wait', forWhom: 'forge' });
  });

  it('keeps the order of those that change the same files, and settles what is not to be merged all the same', () => {
    const newer = { ...ready, id: 'mr/8/merge/c1/0', number: 8, files: ['b.ts'] };
    const third = { ...ready, id: 'mr/9/merge/c1/0', number: 9, files: ['c.ts'] };
    expect(decide(pending, newer).action).toMatchObject({ kind: 'wait', forWhom: 'forge' });
    expect(decide(pending, newer, third).action).toMatchObject({ kind: 'merge', key: third.id });
    expect(decide(pending, { ...newer, gates: gatesOf('unmet') }).action).toMatchObject({ kind: 'settle', ask: newer.id });
    expect(decide({ ...pending, overdue: true }, newer).action).toMatchObject({ kind: 'settle', ask: pending.id });
  });

  const someWish = fc
    .tuple(
      fc.constantFrom('open', 'closed', 'merged'),
      fc.constantFrom('c1', 'c2'),
      fc.constantFrom(gatesOf('met'), gatesOf('unmet'), gatesOf('pending')),
      fc.constantFrom<WishFacts['merge'][]>('not begun', 'begun', done, refused),
      fc.boolean(),
      fc.constantFrom(null, unseen.refusal),
    )
    .map(([state, head, gates, merge, overdue, refusal]): WishFacts => ({
      ...ready,
      now: { state, head, merged: null },
      ...{ gates, merge, overdue, refusal },
    }));

  it('never merges what is open and not ready at the very head', () => {
    fc.assert(
      fc.property(fc.array(someWish, { maxLength: 3 }), (wishes) => {
        const { action } = mergeLanePolicy.decide({ wishes });
        if (action.kind !== 'merge') return;
        const wish = wishes.find((one, at) => hasItsTurn(one, wishes.slice(0, at))) ?? wishes[0];
        if (wish?.now.state === 'open') {
          expect(wish.now.head).toBe(wish.head);
          expect(wish.gates.every(({ met }) => met)).toBe(true);
        }
        expect(wish?.refusal).toBeNull();
        expect(wish?.now.state).not.toBe('closed');
        expect(typeof wish?.merge).toBe('string');
      }),
    );
  });
});
