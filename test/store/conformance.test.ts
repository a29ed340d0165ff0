// What every store promises, whichever database it is on.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { digestOf } from '../../src/store/digest.ts';
import { StoreError } from '../../src/store/errors.ts';
import type { NewClaim } from '../../src/store/operations/ledger.ts';
import type { Store } from '../../src/store/store.ts';
import { backends, type TestStore } from './backends.ts';

const letter = { to: 'task/1', from: 'ann', kind: 'tell', body: { text: 'mind the tests' }, ifClosed: 'return' } as const;
const claim: NewClaim = {
  key: 'task/1/comment/1',
  kind: 'forge.comment',
  class: 'marked',
  target: { issue: 1 },
  cause: { askedBy: 'task/1', rule: 'says-hello' },
  leaseMs: 60_000,
  holder: 'process 1',
};

describe.each(backends)('$name', ({ open }) => {
  let opened: TestStore;
  let store: Store;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.dispose());

  describe('ledger', () => {
    it('gives a key to one attempt and lets others wait for its lease', async () => {
      const first = await store.ledger.claim(claim);
      expect(first).toMatchObject({ state: 'claimed', attempt: 1 });
      const second = await store.ledger.claim({ ...claim, holder: 'process 2' });
      expect(second).toMatchObject({ state: 'held', attempt: 1, holder: 'process 1' });
      expect(second.state === 'held' && second.forMs > claim.leaseMs - 10_000 && second.forMs <= claim.leaseMs).toBe(true);
    });

    it('gives a key to exactly one of many who claim it at once', async () => {
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => store.ledger.claim(claim)));
      expect(outcomes.filter((outcome) => outcome.state === 'claimed')).toHaveLength(1);
    });

    it('answers a settled key with the recorded outcome, also a refusal', async () => {
      await store.ledger.claim(claim);
      const outcome = { state: 'refused', because: 'head moved' } as const;
      await store.ledger.settle({ key: claim.key, attempt: 1, outcome, by: 'acted' });
      expect(await store.ledger.claim(claim)).toEqual({ state: 'settled', outcome });
    });

    it('counts attempts when a key is released, so that the next one looks first', async () => {
      await store.ledger.claim(claim);
      await store.ledger.release({ key: claim.key, attempt: 1, hiddenMs: 0, because: 'connection reset' });
      expect(await store.ledger.claim(claim)).toMatchObject({ state: 'claimed', attempt: 2 });
    });

    it('tells a late attempt what is on record, and puts the key down for a sweep, again if need be', async () => {
      await store.ledger.claim({ ...claim, leaseMs: 0 });
      await store.ledger.claim(claim);
      const outcome = { state: 'done', result: { id: 2 } } as const;
      const due = { key: claim.key, kind: claim.kind, target: claim.target, outcome };
      const sweepable = () => store.ledger.sweepable({ quietMs: 0, kinds: [claim.kind], limit: 10 });

      await store.ledger.settle({ key: claim.key, attempt: 2, outcome, by: 'acted' });
      expect(await sweepable()).toEqual([due]);
      await store.ledger.swept({ key: claim.key, removed: 0 });
      expect(await sweepable()).toEqual([]);

      const late = await store.ledger.settle({ key: claim.key, attempt: 1, outcome: { state: 'done', result: { id: 1 } }, by: 'acted' });
      expect(late).toEqual({ state: 'late', outcome });
      expect(await sweepable()).toEqual([due]);
    });

    it('renews the lease of the newest attempt only', async () => {
      await store.ledger.claim({ ...claim, leaseMs: 0 });
      await store.ledger.claim(claim);
      expect(await store.ledger.renew({ key: claim.key, attempt: 1, leaseMs: 1000 })).toBe(false);
      expect(await store.ledger.renew({ key: claim.key, attempt: 2, leaseMs: 1000 })).toBe(true);
    });

    it('lists what was done under a prefix', async () => {
      for (const key of ['mr/7/fix/b', 'mr/7/fix/a', 'mr/70/fix/a']) {
        await store.ledger.claim({ ...claim, key });
        await store.ledger.settle({ key, attempt: 1, outcome: { state: 'done', result: null }, by: 'acted' });
      }
      await store.ledger.claim({ ...claim, key: 'mr/7/fix/c' });
      expect((await store.ledger.settled({ prefix: 'mr/7/' })).map(({ key }) => key)).toEqual(['mr/7/fix/a', 'mr/7/fix/b']);
    });

    it('refuses one key for two effects', async () => {
      await store.ledger.claim(claim);
      await expect(store.ledger.claim({ ...claim, kind: 'forge.merge', class: 'guarded' })).rejects.toMatchObject({
        code: 'STORE_MISUSED',
      });
    });

    it('keeps who asked, which rule allowed it, and how it ended, in the audit log', async () => {
      await store.ledger.claim(claim);
      await store.ledger.settle({ key: claim.key, attempt: 1, outcome: { state: 'done', result: 5 }, by: 'acted' });
      const log = await store.events.after({ seq: 0, limit: 10, subject: claim.key });
      expect(log.map(({ kind, body }) => ({ kind, body }))).toEqual([
        { kind: 'effect.claimed', body: { attempt: 1, kind: 'forge.comment', askedBy: 'task/1', rule: 'says-hello' } },
        { kind: 'effect.done', body: { attempt: 1, outcome: { state: 'done', result: 5 } } },
      ]);
    });
  });

  describe('mail', () => {
    it('stays unseen until a record says what acted on it', async () => {
      expect(await store.mail.post({ ...letter, id: 'm1', urgent: true })).toEqual({ state: 'posted', reopened: false });
      const [first] = await store.mail.take({ address: 'task/1' });
      expect(first).toMatchObject({ id: 'm1', from: 'ann', kind: 'tell', body: { text: 'mind the tests' }, urgent: true });
      expect(await store.mail.take({ address: 'task/1' })).toHaveLength(1);
      await store.mail.acted({ mail: ['m1'], by: 'decision task/1#4' });
      await store.mail.acted({ mail: ['m1'], by: 'another' });
      expect(await store.mail.take({ address: 'task/1' })).toEqual([]);
      expect(await store.mail.find({ id: 'm1' })).toMatchObject({ actedBy: 'decision task/1#4' });
    });

    it('is the same mail when it is posted again', async () => {
      await store.mail.post({ ...letter, id: 'm1' });
      await store.mail.post({ ...letter, id: 'm1' });
      expect(await store.mail.take({ address: 'task/1' })).toHaveLength(1);
    });

    it('is not delivered after its time', async () => {
      await store.mail.post({ ...letter, id: 'm1', expiresAt: Date.now() - 1 });
      expect(await store.mail.take({ address: 'task/1' })).toEqual([]);
      expect(await store.mail.close({ address: 'task/1' })).toEqual({ state: 'closed' });
    });

    it('keeps a mailbox open while something in it is unseen', async () => {
      await store.mail.post({ ...letter, id: 'm1' });
      expect(await store.mail.close({ address: 'task/1' })).toMatchObject({ state: 'unseen', mail: [{ id: 'm1' }] });
      await store.mail.acted({ mail: ['m1'], by: 'x' });
      expect(await store.mail.close({ address: 'task/1' })).toEqual({ state: 'closed' });
    });

    it('goes back to its sender when the mailbox is closed, and says so each time', async () => {
      await store.mail.close({ address: 'task/1' });
      const outcome = { state: 'undelivered', because: 'task/1 has ended.' };
      expect(await store.mail.post({ ...letter, id: 'm1' })).toEqual(outcome);
      expect(await store.mail.post({ ...letter, id: 'm1' })).toEqual(outcome);
      expect(await store.mail.returned({ sender: 'ann' })).toMatchObject([{ id: 'm1', returnedBecause: 'task/1 has ended.' }]);
    });

    it('opens a closed mailbox again where the sender wants to continue', async () => {
      await store.mail.close({ address: 'task/1' });
      expect(await store.mail.post({ ...letter, id: 'm1', ifClosed: 'reopen' })).toEqual({ state: 'posted', reopened: true });
      expect(await store.mail.take({ address: 'task/1' })).toHaveLength(1);
    });

    it('is given back when its reader was killed', async () => {
      await store.mail.post({ ...letter, id: 'm1' });
      await store.mail.giveBack({ address: 'task/1', because: 'killed by bob' });
      expect(await store.mail.returned({ sender: 'ann' })).toMatchObject([{ id: 'm1', returnedBecause: 'killed by bob' }]);
      expect(await store.mail.post({ ...letter, id: 'm2' })).toMatchObject({ state: 'undelivered' });
    });

    it('is either seen by the one who closes, or told to its sender', async () => {
      const posts = Array.from({ length: 10 }, (_, n) => store.mail.post({ ...letter, id: `m${n}` }));
      const closing = store.mail.close({ address: 'task/1' });
      const more = Array.from({ length: 10 }, (_, n) => store.mail.post({ ...letter, id: `n${n}` }));
      const outcomes = await Promise.all([...posts, ...more]);
      const closed = (await closing).state === 'closed';
      const posted = outcomes.filter((outcome) => outcome.state === 'posted');
      expect(posted).toHaveLength(closed ? 0 : 20);
    });
  });

  describe('outbox', () => {
    const item = { id: 'approve/7', askedBy: 'mr/7', question: 'Merge?', accepts: ['approve', 'reject'], about: 'c0ffee' } as const;

    it('takes the first answer, and tells the second which it was', async () => {
      await store.outbox.ask(item);
      await store.outbox.ask(item);
      const accepted = await store.outbox.answer({ item: item.id, verdict: 'approve', by: 'ann', about: 'c0ffee', body: 'fine' });
      expect(accepted).toMatchObject({ state: 'accepted', item: { answer: { verdict: 'approve', by: 'ann', body: 'fine' } } });
      expect(await store.outbox.answer({ item: item.id, verdict: 'reject', by: 'bob', about: 'c0ffee' })).toMatchObject({
        state: 'answered already',
        answer: { verdict: 'approve', by: 'ann' },
      });
      expect(await store.mail.take({ address: 'mr/7' })).toMatchObject([{ kind: 'approve', from: 'ann', about: item.id, body: 'fine' }]);
      expect(await store.outbox.waiting({})).toEqual([]);
    });

    it.each([
      ['another commit', { item: item.id, verdict: 'approve', by: 'ann', about: 'dead' }, 'about c0ffee'],
      ['no commit', { item: item.id, verdict: 'approve', by: 'ann' }, 'about nothing'],
      ['a verdict that it does not take', { item: item.id, verdict: 'answer', by: 'ann', about: 'c0ffee' }, 'approve or reject'],
      ['an item that is not there', { item: 'approve/8', verdict: 'approve', by: 'ann' }, 'no item'],
    ] as const)('refuses an answer about %s and says what waits', async (_what, answer, because) => {
      await store.outbox.ask(item);
      const outcome = await store.outbox.answer(answer);
      expect(outcome).toMatchObject({ state: 'refused', waiting: [{ id: item.id, about: 'c0ffee' }] });
      expect(outcome.state === 'refused' && outcome.because).toContain(because);
      expect(await store.mail.take({ address: 'mr/7' })).toEqual([]);
    });

    it('refuses an answer to what waits no longer', async () => {
      await store.outbox.ask(item);
      await store.outbox.ask({ ...item, id: 'approve/7b', about: 'beef' });
      await store.outbox.withdraw({ id: item.id, because: 'the head moved' });
      const outcome = await store.outbox.answer({ item: item.id, verdict: 'approve', by: 'ann', about: 'c0ffee' });
      expect(outcome).toMatchObject({ state: 'refused', waiting: [{ id: 'approve/7b' }] });
      await store.mail.close({ address: 'mr/7' });
      const afterEnd = await store.outbox.answer({ item: 'approve/7b', verdict: 'approve', by: 'ann', about: 'beef' });
      expect(afterEnd).toMatchObject({ state: 'refused', because: expect.stringContaining('has ended'), waiting: [] });
    });
  });

  describe('transcripts', () => {
    it('keeps one entry for one step, however often it is retried', async () => {
      const entry = { session: 's1', key: 'turn/1', messages: [{ role: 'user' }, { role: 'assistant', text: 'first' }] };
      expect(await store.transcripts.append(entry)).toEqual({ seq: 1, key: 'turn/1', messages: entry.messages, added: true });
      const again = await store.transcripts.append({ ...entry, messages: [{ role: 'assistant', text: 'second' }] });
      expect(again).toEqual({ seq: 1, key: 'turn/1', messages: entry.messages, added: false });
      expect(await store.transcripts.append({ ...entry, key: 'turn/1/call_a', messages: ['result'] })).toMatchObject({ seq: 3 });
      expect((await store.transcripts.read({ session: 's1', after: 1 })).map(({ message }) => message)).toEqual([
        entry.messages[1],
        'result',
      ]);
      expect(await store.transcripts.entry({ session: 's1', key: 'turn/2' })).toBeUndefined();
    });

    it('marks the mail that a reply has seen together with the reply, and none when the reply was there already', async () => {
      await store.mail.post({ ...letter, to: 's1', id: 'early', kind: 'steer' });
      await store.transcripts.append({ session: 's1', key: 'turn/1', messages: ['reply'], acted: ['early'] });
      expect(await store.mail.find({ id: 'early' })).toMatchObject({ actedBy: 's1#1' });
      await store.mail.post({ ...letter, to: 's1', id: 'late', kind: 'steer' });
      await store.transcripts.append({ session: 's1', key: 'turn/1', messages: ['reply of the retry'], acted: ['late'] });
      expect(await store.mail.take({ address: 's1' })).toMatchObject([{ id: 'late' }]);
    });

    it('refuses an entry without messages', async () => {
      const empty = store.transcripts.append({ session: 's1', key: 'turn/1', messages: [] });
      await expect(empty).rejects.toBeInstanceOf(StoreError);
      await expect(empty).rejects.toMatchObject({ code: 'STORE_MISUSED' });
    });
  });

  describe('decisions', () => {
    const decided = {
      workflow: 'task/1',
      seq: 1,
      attempt: 1,
      rule: 'ready',
      because: 'All set.',
      action: { kind: 'go' },
      facts: { b: 1, a: 2 },
    };

    it('keeps the facts under a digest that does not depend on the order of keys', async () => {
      const facts = await store.decisions.record(decided);
      expect(facts).toBe(digestOf({ a: 2, b: 1 }));
      expect(JSON.parse(new TextDecoder().decode(await store.blobs.get({ digest: facts })))).toEqual({ a: 2, b: 1 });
      expect(await store.decisions.trace({ workflow: 'task/1', after: 0, limit: 10 })).toMatchObject([{ seq: 1, rule: 'ready', facts }]);
    });

    it('keeps the newest attempt’s decision, whichever comes last', async () => {
      await store.decisions.record({ ...decided, attempt: 2, rule: 'second' });
      await store.decisions.record({ ...decided, attempt: 1, rule: 'first, late' });
      expect(await store.decisions.trace({ workflow: 'task/1', after: 0, limit: 10 })).toMatchObject([{ seq: 1, rule: 'second' }]);
    });
  });

  it('keeps the same bytes once and gives them back', async () => {
    const bytes = new Uint8Array([0, 255, 10, 13]);
    const digest = await store.blobs.put({ bytes });
    expect(await store.blobs.put({ bytes })).toBe(digest);
    expect(await store.blobs.get({ digest })).toEqual(bytes);
    expect(await store.blobs.get({ digest: 'none' })).toBeUndefined();
  });

  it('works on a source once at a time, and numbers its tries', async () => {
    const ref = { workspace: 'w', source: 'github/1' };
    expect(await store.sources.begin(ref)).toEqual({ state: 'began', generation: 1 });
    expect(await store.sources.begin(ref)).toEqual({ state: 'running', generation: 1 });
    await store.sources.end({ ...ref, generation: 1, outcome: 'failed' });
    await store.sources.end({ ...ref, generation: 1, outcome: 'done' });
    expect(await store.sources.begin(ref)).toEqual({ state: 'began', generation: 2 });
    expect(await store.sources.generations(ref)).toMatchObject([{ generation: 1, outcome: 'failed' }, { generation: 2 }]);
  });

  it('keeps the longer of two pauses, until it is lifted or over', async () => {
    const until = Date.now() + 60_000;
    await store.pauses.set({ name: 'anthropic', until, because: '429' });
    expect(await store.pauses.set({ name: 'anthropic', until: until - 1, because: 'shorter' })).toMatchObject({ until, because: '429' });
    expect(await store.pauses.current({ name: 'anthropic' })).toEqual({ name: 'anthropic', until, because: '429' });
    await store.pauses.lift({ name: 'anthropic' });
    expect(await store.pauses.current({ name: 'anthropic' })).toBeUndefined();
    await store.pauses.set({ name: 'anthropic', until: Date.now() - 1, because: 'over' });
    expect(await store.pauses.current({ name: 'anthropic' })).toBeUndefined();
  });

  it('numbers events in the order in which they happened', async () => {
    await store.events.append({
      events: [
        { kind: 'job.started', subject: 's1', body: { call: 'a' } },
        { kind: 'job.ended', subject: 's1', body: 0 },
      ],
    });
    const all = await store.events.after({ seq: 0, limit: 10 });
    expect(all.map(({ kind }) => kind)).toEqual(['job.started', 'job.ended']);
    expect(await store.events.after({ seq: all[0]?.seq ?? 0, limit: 10 })).toHaveLength(1);
  });
});
