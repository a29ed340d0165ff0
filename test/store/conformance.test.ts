// What every store promises, whichever database it is on.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NewMergeAsk } from '../../src/contracts/merge-lane.ts';
import type { NewCheck, NewMergeLogEntry } from '../../src/contracts/proof.ts';
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

    it('tells how far an effect has come', async () => {
      expect(await store.ledger.find({ key: claim.key })).toBeUndefined();
      await store.ledger.claim(claim);
      expect(await store.ledger.find({ key: claim.key })).toEqual({ outcome: null });
      const outcome = { state: 'done', result: { id: 1 } } as const;
      await store.ledger.settle({ key: claim.key, attempt: 1, outcome, by: 'acted' });
      expect(await store.ledger.find({ key: claim.key })).toEqual({ outcome });
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

    it('lists what carries a mark under a prefix, with what it was done to', async () => {
      const outcome = { state: 'done', result: { id: 5 } } as const;
      for (const [key, kind] of [
        ['mr/7/reply/a', 'marked'],
        ['mr/7/resolve/a', 'convergent'],
        ['mr/70/reply/a', 'marked'],
      ] as const) {
        await store.ledger.claim({ ...claim, key, class: kind });
        await store.ledger.settle({ key, attempt: 1, outcome, by: 'acted' });
      }
      await store.ledger.claim({ ...claim, key: 'mr/7/reply/b', class: 'marked' });
      expect(await store.ledger.marked({ prefix: 'mr/7/' })).toEqual([{ target: claim.target, outcome }]);
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

    it('that nobody has seen in time goes back to its sender, once', async () => {
      await store.mail.post({ ...letter, id: 'late', expiresAt: Date.now() - 1 });
      await store.mail.post({ ...letter, id: 'seen', expiresAt: Date.now() - 1 });
      await store.mail.acted({ mail: ['seen'], by: 'x' });
      await store.mail.post({ ...letter, id: 'not yet', expiresAt: Date.now() + 60_000 });
      expect(await store.mail.expire({ limit: 10 })).toMatchObject([{ id: 'late' }]);
      expect(await store.mail.expire({ limit: 10 })).toEqual([]);
      expect(await store.mail.find({ id: 'late' })).toMatchObject({ returnedBecause: 'task/1 had not seen it when it expired.' });
      expect(await store.outbox.waiting({})).toMatchObject([
        { id: 'returned/late', accepts: [], question: expect.stringMatching(/^Not seen by task\/1: ".+", said by ann\. .* expired\.$/) },
      ]);
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
      expect(await store.mail.find({ id: 'm1' })).toMatchObject({ returnedBecause: 'task/1 has ended.' });
      expect(await store.outbox.waiting({})).toEqual([]); // who posted it knows
    });

    it('opens a closed mailbox again where the sender wants to continue', async () => {
      await store.mail.close({ address: 'task/1' });
      expect(await store.mail.post({ ...letter, id: 'm1', ifClosed: 'reopen' })).toEqual({ state: 'posted', reopened: true });
      expect(await store.mail.take({ address: 'task/1' })).toHaveLength(1);
    });

    it('is given back when its reader was killed', async () => {
      await store.mail.post({ ...letter, id: 'm1' });
      await store.mail.giveBack({ address: 'task/1', because: 'killed by bob' });
      expect(await store.mail.find({ id: 'm1' })).toMatchObject({ returnedBecause: 'killed by bob' });
      expect(await store.outbox.waiting({})).toMatchObject([{ id: 'returned/m1', askedBy: 'task/1' }]);
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

  describe('custody', () => {
    const request = 'mr/forge/owner/app/7';
    const begin = { request, policy: 'merge', task: null, by: 'ann', because: 'Handed over.' } as const;
    const word = { request, by: 'bob', because: 'So.' } as const;

    it('is in one hand at a time, and another generation after it was given back', async () => {
      expect(await store.custody.say({ ...word, word: 'pause' })).toEqual({ state: 'unknown' });
      expect(await store.custody.begin(begin)).toMatchObject({ state: 'began', custody: { generation: 1, state: 'active', by: 'ann' } });
      expect(await store.custody.begin({ ...begin, by: 'bob' })).toMatchObject({ state: 'running', custody: { by: 'ann' } });
      expect(await store.custody.setPolicy({ ...word, policy: 'fix' })).toMatchObject({ state: 'said', custody: { policy: 'fix' } });
      expect(await store.custody.say({ ...word, word: 'release' })).toMatchObject({
        state: 'said',
        custody: { state: 'released', by: 'bob' },
      });
      expect(await store.custody.say({ ...word, word: 'resume' })).toMatchObject({ state: 'over' });
      await store.custody.end({ ...word, generation: 1 });
      await store.custody.end({ ...word, generation: 1, because: 'Again.' });
      expect(await store.custody.begin(begin)).toMatchObject({ state: 'began', custody: { generation: 2, policy: 'merge' } });
      const words = await store.custody.words({ request });
      expect(words.map((one) => one.word)).toEqual(['begin', 'policy', 'release', 'end', 'begin']);
      expect(await store.custody.of({ request, generation: 1 })).toMatchObject({ state: 'ended', because: 'So.' });
      expect(await store.custody.all({})).toMatchObject([{ request, generation: 2 }]);
    });

    it('rests and goes on, each once', async () => {
      await store.custody.begin(begin);
      expect(await store.custody.say({ ...word, word: 'resume' })).toMatchObject({ state: 'already' });
      expect(await store.custody.say({ ...word, word: 'pause' })).toMatchObject({ state: 'said', custody: { state: 'paused', by: 'bob' } });
      expect(await store.custody.say({ ...word, by: 'eve', word: 'pause' })).toMatchObject({ state: 'already', custody: { by: 'bob' } });
      expect(await store.custody.say({ ...word, word: 'resume' })).toMatchObject({ state: 'said', custody: { state: 'active' } });
    });

    it('is handed over once by a task, and begins paused where its task was killed', async () => {
      const task = 'task/w/owner/app/3/1';
      const source = { workspace: 'w', source: 'owner/app#3' };
      await store.sources.begin(source);
      expect(await store.custody.begin({ ...begin, task, by: task })).toMatchObject({ state: 'began', custody: { state: 'active' } });
      expect(await store.custody.pauseOf({ task, by: task, because: 'Killed.' })).toEqual([request]);
      expect(await store.custody.of({ request })).toMatchObject({ state: 'paused', because: 'Killed.' });
      await store.custody.end({ ...word, generation: 1 });
      expect(await store.custody.begin({ ...begin, task, by: task })).toMatchObject({ state: 'over', custody: { generation: 1 } });
      await store.sources.end({ ...source, generation: 1, outcome: 'killed' });
      const late = { ...begin, request: 'mr/forge/owner/app/8', task, by: task };
      expect(await store.custody.begin(late)).toMatchObject({ state: 'began', custody: { state: 'paused' } });
    });
  });

  describe('sources', () => {
    it('tell who tries again that it has begun it, also when it has ended', async () => {
      const source = { workspace: 'w', source: 'o/r#1' };
      expect(await store.sources.begin({ ...source, by: 'firing/1' })).toEqual({ state: 'began', generation: 1 });
      expect(await store.sources.begin({ ...source, by: 'firing/1' })).toEqual({ state: 'began', generation: 1 });
      expect(await store.sources.begin({ ...source, by: 'firing/2' })).toEqual({ state: 'running', generation: 1 });
      await store.sources.end({ ...source, generation: 1, outcome: 'merged' });
      expect(await store.sources.begin({ ...source, by: 'firing/1' })).toEqual({ state: 'began', generation: 1 });
      expect(await store.sources.begin({ ...source, by: 'firing/2' })).toEqual({ state: 'began', generation: 2 });
    });
  });

  describe('chains', () => {
    it('know whom a task follows and who follows it, once each', async () => {
      await store.chains.follow({ task: 'c', after: ['a', 'b'] });
      await store.chains.follow({ task: 'c', after: ['a'] });
      expect(await store.chains.before({ task: 'c' })).toEqual(['a', 'b']);
      expect(await store.chains.followers({ after: 'a' })).toEqual(['c']);
      expect(await store.chains.followers({ after: 'c' })).toEqual([]);
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

    it('asks again what was withdrawn, and not what has its answer', async () => {
      await store.outbox.ask(item);
      await store.outbox.withdraw({ id: item.id, because: 'nobody needs it now' });
      await store.outbox.ask(item);
      expect((await store.outbox.waiting({ askedBy: item.askedBy })).map(({ id }) => id)).toEqual([item.id]);
      await store.outbox.answer({ item: item.id, verdict: 'approve', by: 'ann', about: 'c0ffee' });
      expect(await store.outbox.ask(item)).toMatchObject({ answer: { verdict: 'approve' } });
      expect(await store.outbox.waiting({ askedBy: item.askedBy })).toEqual([]);
    });

    it('keeps a notice until it is seen, also after its sender has ended; a question that was seen waits on', async () => {
      await store.outbox.ask(item);
      await store.outbox.ask({ id: 'notice/1', askedBy: 'task/1', question: 'Shipped.', accepts: [] });
      await store.mail.close({ address: 'task/1' });
      expect((await store.outbox.waiting({})).map(({ id }) => id).sort()).toEqual([item.id, 'notice/1']);
      expect(await store.outbox.answer({ item: 'notice/1', verdict: 'approve', by: 'ann' })).toMatchObject({
        state: 'refused',
        because: expect.stringContaining('asks nothing'),
      });
      expect(await store.outbox.see({ id: 'notice/1', by: 'ann' })).toMatchObject({ seenBy: 'ann' });
      expect(await store.outbox.see({ id: 'notice/1', by: 'bob' })).toMatchObject({ seenBy: 'ann' });
      await store.outbox.see({ id: item.id, by: 'ann' });
      expect(await store.outbox.waiting({})).toMatchObject([{ id: item.id, seenBy: 'ann' }]);
      expect(await store.outbox.see({ id: 'nothing', by: 'ann' })).toBeUndefined();
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

    it('tells what a turn has added so far, and nothing of turns whose numbers begin alike', async () => {
      for (const key of ['turn/1', 'turn/10', 'turn/10/0', 'turn/1/1', 'end/1', 'turn/1/0'])
        await store.transcripts.append({ session: 's1', key, messages: [`${key} first`, key] });
      await store.transcripts.append({ session: 's2', key: 'turn/1', messages: ['elsewhere'] });
      const first = ['turn/1 first', 'turn/1', 'turn/1/1 first', 'turn/1/1', 'turn/1/0 first', 'turn/1/0'];
      expect(await store.transcripts.turn({ session: 's1', turn: 1 })).toEqual(first);
      expect(await store.transcripts.turn({ session: 's1', turn: 2 })).toEqual([]);
    });

    it('marks the mail that a reply has seen together with the reply, and none when the reply was there already', async () => {
      await store.mail.post({ ...letter, to: 's1', id: 'early', kind: 'steer' });
      await store.transcripts.append({ session: 's1', key: 'turn/1', messages: ['reply'], acted: ['early'] });
      expect(await store.mail.find({ id: 'early' })).toMatchObject({ actedBy: 's1#1' });
      await store.mail.post({ ...letter, to: 's1', id: 'late', kind: 'steer' });
      await store.transcripts.append({ session: 's1', key: 'turn/1', messages: ['reply of the retry'], acted: ['late'] });
      expect(await store.mail.take({ address: 's1' })).toMatchObject([{ id: 'late' }]);
      expect(await store.events.after({ seq: 0, limit: 10, subject: 's1' })).toMatchObject([
        { kind: 'mail.posted', body: { mail: 'early', kind: 'steer' } },
        { kind: 'mail.acted', body: { mail: 'early', kind: 'steer', from: 'ann', by: 's1#1' } },
        { kind: 'turn', body: { key: 'turn/1', seq: 1 } },
        { kind: 'mail.posted', body: { mail: 'late' } },
      ]);
    });

    it('tell of a result as of the end of a tool, once, in the words of whoever has it', async () => {
      const event = { kind: 'tool.ended', body: { turn: 1, call: 0, what: 'bash true', how: 'ok' } } as const;
      const result = { session: 's1', key: 'turn/1/0', messages: ['result'], event };
      await store.transcripts.append(result);
      await store.transcripts.append(result);
      const told = await store.events.after({ seq: 0, limit: 10, subject: 's1' });
      expect(told).toMatchObject([{ kind: 'tool.ended', body: { ...event.body, key: 'turn/1/0', seq: 1 } }]);
    });

    it('adds nothing to a session that was killed, unless it begins again: its end is the last', async () => {
      const killed = { kind: 'end', outcome: 'killed', rule: 'killed', because: 'b' };
      await store.transcripts.append({ session: 's1', key: 'end/1', messages: [{ ...killed, outcome: 'completed' }] });
      await store.transcripts.append({ session: 's1', key: 'end/2', messages: [killed] });
      await store.mail.post({ ...letter, to: 's1', id: 'm1', kind: 'steer' });
      const late = { session: 's1', key: 'turn/2/0', messages: ['late'], acted: ['m1'] };
      expect(await store.transcripts.append(late)).toMatchObject({ added: false, messages: ['late'] });
      expect(await store.transcripts.append({ ...late, key: 'end/2' })).toMatchObject({ added: false, messages: [killed] });
      expect(await store.transcripts.entry({ session: 's1', key: late.key })).toBeUndefined();
      expect(await store.mail.take({ address: 's1' })).toHaveLength(1);
      await store.transcripts.append({ session: 's1', key: 'again/r', messages: ['again'], reopens: true });
      expect(await store.transcripts.append(late)).toMatchObject({ added: true });
      const said = (await store.transcripts.read({ session: 's1', after: 0 })).map(({ message }) => message);
      expect(said.slice(1)).toEqual([killed, 'again', 'late']);
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

    it('says which was the last, for a workflow that is started again', async () => {
      expect(await store.decisions.last({ workflow: 'task/1' })).toBe(0);
      await store.decisions.record({ ...decided, seq: 7 });
      expect(await store.decisions.last({ workflow: 'task/1' })).toBe(7);
    });

    it('keeps the newest attempt’s decision, whichever comes last', async () => {
      await store.decisions.record({ ...decided, attempt: 2, rule: 'second' });
      await store.decisions.record({ ...decided, attempt: 1, rule: 'first, late' });
      expect(await store.decisions.trace({ workflow: 'task/1', after: 0, limit: 10 })).toMatchObject([{ seq: 1, rule: 'second' }]);
    });
  });

  describe('checks', () => {
    const check: NewCheck = {
      id: 'mr/7/review/1',
      repository: 'github.com/o/r',
      commit: 'c1',
      tree: 't1',
      kind: 'review',
      name: 'verdict',
      outcome: 'failed',
      because: 'A major finding.',
      findings: 'd1',
      session: 's1',
      evidence: null,
    };

    it('belong to a tree, whatever commit has it; the first with an id stays', async () => {
      await store.checks.add(check);
      await store.checks.add({ ...check, outcome: 'passed' });
      await store.checks.add({ ...check, id: 'mr/7/review/2', commit: 'c2', outcome: 'passed', findings: null });
      await store.checks.add({ ...check, id: 'mr/7/review/3', tree: 't2' });
      await store.checks.add({ ...check, id: 'elsewhere', repository: 'github.com/o/other' });
      const found = await store.checks.of({ repository: check.repository, trees: ['t1', 't3'] });
      expect(found.map(({ id, outcome, commit }) => [id, outcome, commit])).toEqual([
        ['mr/7/review/1', 'failed', 'c1'],
        ['mr/7/review/2', 'passed', 'c2'],
      ]);
      expect(found[0]).toEqual({ ...check, at: expect.any(Number) });
    });
  });

  describe('merges', () => {
    const ref = { host: 'github.com', owner: 'o', repo: 'r', number: 7 };
    const ask: NewMergeAsk = {
      id: 'mr/7/merge/c1/0',
      lane: 'merge/o/r',
      request: 'mr/7',
      ref,
      head: 'c1',
      askedBy: 'mr/7',
      context: { ours: true, classification: 'd1', goal: null, escalated: null },
    };
    const log: NewMergeLogEntry = {
      request: 'mr/7',
      repository: 'github.com/o/r',
      number: 7,
      head: 'c1',
      sha: 'm1',
      method: 'squash',
      by: 'bot',
      how: 'lane',
      policy: { autoMerge: true, method: 'squash', testsNeeded: true, testChecks: [], personPaths: [], productionPaths: [] },
      proof: 'p1',
      unmet: [],
    };

    it('are worked off in the order in which they were wished for', async () => {
      expect(await store.merges.ask(ask)).toEqual({ ...ask, at: expect.any(Number), outcome: null, settledAt: null });
      await store.merges.ask({ ...ask, id: 'mr/8/merge/c2/0', request: 'mr/8', head: 'c2' });
      await store.merges.ask({ ...ask, id: 'elsewhere', lane: 'merge/o/other' });
      await store.merges.ask(ask);
      expect((await store.merges.waiting({ lane: ask.lane })).map(({ id }) => id)).toEqual([ask.id, 'mr/8/merge/c2/0']);
    });

    it('have one outcome, and are in the merge log once', async () => {
      await store.merges.ask(ask);
      await store.merges.settle({ id: ask.id, outcome: { state: 'merged', sha: 'm1', method: 'squash', by: 'bot' }, log });
      await store.merges.settle({ id: ask.id, outcome: { state: 'refused', because: 'late' }, log: { ...log, sha: 'm2' } });
      expect(await store.merges.waiting({ lane: ask.lane })).toEqual([]);
      expect(await store.merges.of({ request: 'mr/7' })).toMatchObject([{ id: ask.id, outcome: { state: 'merged', sha: 'm1' } }]);
      expect(await store.merges.ask(ask)).toMatchObject({ outcome: { state: 'merged' } });
      await store.merges.log({ ...log, sha: 'm3', how: 'other' });
      expect(await store.merges.logged({ request: 'mr/7' })).toEqual({ ...log, at: expect.any(Number) });
      expect(await store.merges.logged({ request: 'mr/8' })).toBeUndefined();
      expect(await store.merges.loggedSince({ since: Date.now() - 60_000 })).toMatchObject([{ request: 'mr/7' }]);
      expect(await store.merges.loggedSince({ since: Date.now() + 60_000 })).toEqual([]);
    });
  });

  describe('deliveries', () => {
    const nothing = { repository: 'o/r', requests: [], commit: null, branch: null, issue: null, ready: false, start: null };
    const delivery = { id: 'guid-1', event: 'pull_request', concerns: { ...nothing, requests: [7] } };

    it('are accepted once, and due until they are passed on', async () => {
      expect(await store.deliveries.accept(delivery)).toBe(true);
      expect(await store.deliveries.accept(delivery)).toBe(false);
      await store.deliveries.accept({ ...delivery, id: 'guid-2' });
      expect(await store.deliveries.due({ limit: 1 })).toEqual([{ ...delivery, receivedAt: expect.any(Number) }]);
      await store.deliveries.passedOn({ ids: ['guid-1'] });
      expect((await store.deliveries.due({ limit: 10 })).map(({ id }) => id)).toEqual(['guid-2']);
      expect(await store.deliveries.accept(delivery)).toBe(false);
      await store.deliveries.passedOn({ ids: ['guid-1'] });
      expect(await store.events.after({ seq: 0, limit: 10, subject: 'guid-1' })).toMatchObject([
        { kind: 'delivery.accepted', body: { event: 'pull_request', repository: 'o/r', requests: [7] } },
        { kind: 'delivery.passed-on', body: { event: 'pull_request', afterMs: expect.any(Number) } },
      ]);
    });
  });

  describe('what lets work begin', () => {
    it('is dealt with once: the first outcome of an event stays', async () => {
      const first = { id: 'label/1', outcome: 'started', because: 'Ready.', task: 'task/1' } as const;
      expect(await store.triggers.settle(first)).toEqual(first);
      expect(await store.triggers.settle({ ...first, outcome: 'running', task: null })).toEqual(first);
      expect(await store.triggers.find({ id: 'label/1' })).toEqual(first);
      expect(await store.triggers.find({ id: 'label/2' })).toBeUndefined();
    });

    it('is a try of a source that is open, in whichever workspace', async () => {
      await store.sources.begin({ workspace: 'a', source: 'o/r#1' });
      await store.sources.begin({ workspace: 'b', source: 'o/r#1' });
      await store.sources.begin({ workspace: 'b', source: 'o/r#2' });
      await store.sources.end({ workspace: 'a', source: 'o/r#1', generation: 1, outcome: 'merged' });
      expect(await store.sources.open({ source: 'o/r#1' })).toEqual([{ workspace: 'b', generation: 1 }]);
    });
  });

  describe('asking the forge', () => {
    it('keeps where each poll stands', async () => {
      const state = { repository: 'h/o/r', cursor: { since: 'then' }, failures: 0, said: 'Nothing.', nextAt: 5 };
      expect(await store.polls.find({ repository: 'h/o/r' })).toBeUndefined();
      await store.polls.save(state);
      await store.polls.save({ ...state, failures: 2, nextAt: null });
      expect(await store.polls.find({ repository: 'h/o/r' })).toEqual({ ...state, failures: 2, nextAt: null });
      expect(await store.polls.all({})).toMatchObject([{ repository: 'h/o/r', failures: 2, at: expect.any(Number) }]);
    });

    it('counts calls by the hour, whoever asks, and knows the limits that are running', async () => {
      const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
      const quota = { resource: 'core', most: 5_000, remaining: 4_990, resetsAt: Date.now() + 60_000 };
      await store.forgeUse.add({ calls: [{ hour, resource: 'core', calls: 3, unchanged: 1 }], quotas: [quota] });
      const over = { resource: 'graphql', most: 5_000, remaining: 0, resetsAt: Date.now() - 1 };
      await store.forgeUse.add({
        calls: [{ hour, resource: 'core', calls: 2, unchanged: 2 }],
        quotas: [{ ...quota, remaining: 4_000 }, over],
      });
      expect(await store.forgeUse.calls({ since: hour })).toEqual([{ hour, resource: 'core', calls: 5, unchanged: 3 }]);
      expect(await store.forgeUse.calls({ since: hour + 1 })).toEqual([]);
      expect(await store.forgeUse.quotas({})).toEqual([{ ...quota, remaining: 4_000 }]);
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
    expect(await store.sources.endedSince({ since: Date.now() - 60_000 })).toEqual([
      { ...ref, outcome: 'failed', endedAt: expect.any(Number) },
    ]);
    expect(await store.sources.endedSince({ since: Date.now() + 60_000 })).toEqual([]);
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
        { kind: 'session.output', subject: 's1', body: { text: 'a' } },
        { kind: 'session.text', subject: 's1', body: 0 },
      ],
    });
    const all = await store.events.after({ seq: 0, limit: 10 });
    expect(all.map(({ kind }) => kind)).toEqual(['session.output', 'session.text']);
    expect(await store.events.after({ seq: all[0]?.seq ?? 0, limit: 10 })).toHaveLength(1);
  });
});
