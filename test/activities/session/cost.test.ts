import { expect, it } from '@jest/globals';
import { costOf } from '../../../src/activities/session/cost.ts';
import { entryKey, type Reply } from '../../../src/contracts/said.ts';
import type { ModelRef } from '../../../src/contracts/session.ts';
import { memoryStore } from '../../store/backends.ts';

const MILLION = 1_000_000;
const MINUTE = 60_000;
const haiku: ModelRef = { provider: 'anthropic', id: 'claude-haiku-4-5-20251001' };
const reply = (turn: number, model: ModelRef, waited = 0): Reply => ({
  kind: 'reply',
  turn,
  messages: [],
  calls: [],
  finish: 'done',
  model,
  waited,
  usage: { input: MILLION, output: MILLION, cacheRead: MILLION, cacheWrite: MILLION },
});

it('adds up a session, or all below an id: each kind of token at its price, and names the models without one; minutes without pauses', async () => {
  const { store, clock } = await memoryStore();
  const say = (session: string, turn: number, model: ModelRef, waited?: number) =>
    store.transcripts.append({
      session,
      key: entryKey.turn(turn),
      messages: [{ kind: 'note', about: 'limits', text: '' }, reply(turn, model, waited)],
    });
  await say('task/1/code/1', 1, haiku);
  clock.now += 8 * MINUTE;
  await say('task/1/code/1', 2, haiku, 2 * MINUTE);
  await say('task/1/review/1/round-1/correctness', 1, { provider: 'openai', id: 'unheard-of' });
  clock.now += MINUTE;
  const result = { key: entryKey.result(1, 0), messages: [{ kind: 'result', text: 'x' }] };
  await store.transcripts.append({ session: 'task/1/review/1/round-1/correctness', ...result });
  await say('task/10/code/1', 1, haiku);

  const each = 1 + 5 + 0.1 + 1.25;
  expect(await costOf(store, 'task/1/code/1')).toEqual({ turns: 2, minutes: 6, tokens: 8 * MILLION, usd: 2 * each, unpriced: [] });
  expect(await costOf(store, 'task/1')).toEqual({
    turns: 3,
    minutes: 7,
    tokens: 12 * MILLION,
    usd: 2 * each,
    unpriced: ['openai/unheard-of'],
  });
  expect(await costOf(store, 'task/2')).toEqual({ turns: 0, minutes: 0, tokens: 0, usd: 0, unpriced: [] });
  await store.close();
});
