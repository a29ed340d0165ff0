// The lane's rules: each can fire, nothing is merged that may not be, and every wish ends.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { QueueFacts } from '../../src/contracts/merge-queue.ts';
import { GATES, type Gate } from '../../src/contracts/proof.ts';
import { hasItsTurn, type WishFacts } from '../../src/policies/merge-lane-facts.ts';
import { mergeLanePolicy } from '../../src/policies/merge-lane.ts';

const gatesOf = (state: 'met' | 'unmet' | 'pending'): readonly Gate[] =>
  GATES.map((name, at) => ({
    name,
    needed: true,
    because: `${name}.`,
    byPeople: false,
    evidence: [],
    met: at > 0 || state === 'met',
    pending: at === 0 && state === 'pending',
  }));
const ready: WishFacts = {
  id: 'mr/7/merge/c1/0',
  number: 7,
  head: 'c1',
  proof: 'p1',
  merge: 'not begun',
  overdue: false,
  refusal: null,
  queue: null,
  enqueued: 'not begun',
  dequeued: 'not begun',
  notOurs: null,
  now: { state: 'open', head: 'c1', merged: null, base: { branch: 'main', commit: 'b1', queue: false } },
  gates: gatesOf('met'),
  files: ['a.ts', 'b.ts'],
};
const pending: WishFacts = { ...ready, gates: gatesOf('pending') };
const merged: WishFacts = { ...ready, now: { ...ready.now, state: 'merged', merged: { sha: 'm1', by: 'ann' } } };
const unseen: WishFacts = { ...ready, gates: [], proof: '', refusal: { reason: 'token', asked: 'GET /', says: '401' } };
const done = { state: 'done', result: { sha: 'm1', method: 'squash', by: 'bot' } } as const;
const refused = { state: 'refused', because: 'no' } as const;
// In a repository with a merge queue.
const EMPTY: QueueFacts = { us: 'bot', entry: null, added: { times: 0, by: null }, left: null, failedAt: null };
const AT = '2026-11-01T10:00:00Z';
const forQueue: WishFacts = { ...ready, now: { ...ready.now, base: { ...ready.now.base, queue: true } }, queue: EMPTY };
const queued: WishFacts = {
  ...forQueue,
  enqueued: { state: 'done', result: { by: 'bot', at: AT } },
  queue: { ...EMPTY, entry: { by: 'bot', position: 1 }, added: { times: 1, by: 'bot' } },
};
const lagging: WishFacts = { ...queued, queue: EMPTY };
const dropped = (why: string, by = 'bot', at = '2026-11-01T10:05:00Z'): WishFacts => ({
  ...lagging,
  queue: { ...EMPTY, left: { why, by, at } },
});
const mergedInQueue = (by: string): WishFacts => ({ ...queued, now: { ...queued.now, state: 'merged', merged: { sha: 'm1', by } } });
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
    'enqueue-unrecorded': [{ ...forQueue, enqueued: 'begun' }],
    'merged-by-queue': [mergedInQueue('bot')],
    'enqueue-refused': [{ ...forQueue, enqueued: refused }],
    'to-leave-queue': [{ ...queued, gates: gatesOf('unmet') }],
    'not-ours-any-more': [{ ...ready, notOurs: 'People merge it.' }],
    'left-queue': [dropped('CI_FAILURE')],
    'taken-out-of-queue': [{ ...lagging, dequeued: done }],
    'queue-lags': [lagging],
    'in-queue': [queued],
    'queue-takes-it': [forQueue],
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

  it('puts what passes into the forge’s queue, and never merges it itself', () => {
    expect(decide(forQueue).action).toEqual({ kind: 'enqueue', key: `${ready.id}/enqueue`, ask: ready.id, before: 0 });
    expect(decide({ ...forQueue, queue: { ...EMPTY, added: { times: 2, by: 'ann' } } }).action).toMatchObject({ before: 2 });
  });

  it('takes out of the queue what is held, moved, or people’s now, once; never what people have put there', () => {
    const out = { kind: 'dequeue', key: `${ready.id}/dequeue` };
    expect(decide({ ...queued, gates: gatesOf('unmet') }).action).toMatchObject(out);
    expect(decide({ ...queued, now: { ...queued.now, head: 'c2' } }).action).toMatchObject(out);
    expect(decide({ ...queued, notOurs: 'People merge it.' }).action).toMatchObject(out);
    expect(decide({ ...queued, gates: gatesOf('unmet'), dequeued: done }).rule).toBe('gate-unmet');
    const theirs = { ...queued, enqueued: 'not begun', queue: { ...EMPTY, entry: { by: 'ann', position: 1 } } } as const;
    expect(decide(theirs).rule).toBe('in-queue');
    expect(decide({ ...theirs, gates: gatesOf('unmet') }).rule).toBe('gate-unmet');
  });

  it('says what the queue let go of it for, and of an earlier leaving nothing', () => {
    const whyOf = (wish: WishFacts): unknown => {
      const { action } = decide(wish);
      return action.kind === 'settle' && action.outcome.state === 'refused' ? action.outcome.queue : undefined;
    };
    const reasons = ['MERGE_CONFLICT', 'CI_FAILURE', 'CI_TIMEOUT', 'MANUAL', 'QUEUE_CLEARED', 'BRANCH_PROTECTIONS'];
    expect(reasons.map((why) => whyOf(dropped(why, 'ann')))).toEqual(
      ['conflict', 'checks', 'checks', 'person', 'other', 'other'].map((why) => ({ for: why, base: 'b1' })),
    );
    expect(whyOf(dropped('MANUAL', 'bot'))).toMatchObject({ for: 'other' });
    expect(decide(dropped('CI_FAILURE', 'bot', '2026-11-01T09:00:00Z')).rule).toBe('queue-lags');
    expect(decide(dropped('MERGE')).rule).toBe('queue-lags');
  });

  it('knows what the queue has merged as ours, and what a person has merged meanwhile as theirs', () => {
    for (const by of ['bot', 'github-merge-queue[bot]'])
      expect(decide(mergedInQueue(by)).action).toMatchObject({ outcome: { state: 'merged', method: 'queue', by } });
    expect(decide(mergedInQueue('ann')).action).toMatchObject({ outcome: { state: 'merged by others', by: 'ann' } });
  });

  it('lets others go on while the queue has one, also those that change the same files', () => {
    const newer = { ...forQueue, id: 'mr/8/merge/c1/0', number: 8 };
    expect(decide(queued, newer).action).toMatchObject({ kind: 'enqueue', ask: newer.id });
    expect(decide(queued, { ...pending, id: newer.id, files: ['c.ts'] }).action).toMatchObject({ kind: 'wait', atMostSeconds: 5 });
    expect(decide(queued).action).toMatchObject({ kind: 'wait', atMostSeconds: 60 });
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
      now: { ...ready.now, state, head },
      gates,
      merge,
      overdue,
      refusal,
    }));
  const somewhere = fc.tuple(
    someWish,
    fc.constantFrom(ready, forQueue, queued, lagging, dropped('CI_FAILURE'), { ...queued, dequeued: done }),
  );
  const someQueued = somewhere.map(([wish, { now, queue, enqueued, dequeued }]): WishFacts => ({
    ...wish,
    queue,
    enqueued,
    dequeued,
    now: { ...wish.now, base: now.base },
  }));

  it('never merges what is open and not ready at the very head', () => {
    fc.assert(
      fc.property(fc.array(someQueued, { maxLength: 3 }), (wishes) => {
        const { action, rule } = mergeLanePolicy.decide({ wishes });
        if ((action.kind !== 'merge' && action.kind !== 'enqueue') || rule === 'enqueue-unrecorded') return;
        const wish = wishes.find((one, at) => hasItsTurn(one, wishes.slice(0, at))) ?? wishes[0];
        if (wish?.now.state === 'open') {
          expect(wish.now.head).toBe(wish.head);
          expect(wish.gates.every(({ met }) => met)).toBe(true);
        }
        expect(wish?.refusal).toBeNull();
        expect(wish?.now.state).not.toBe('closed');
        expect([typeof wish?.merge, typeof wish?.enqueued]).toEqual(['string', action.kind === 'merge' ? expect.any(String) : 'string']);
      }),
    );
  });
});
