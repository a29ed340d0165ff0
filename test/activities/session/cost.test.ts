import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { costOf } from '../../../src/activities/session/cost.ts';
import { entryKey, type Reply } from '../../../src/contracts/said.ts';
import type { ModelRef } from '../../../src/contracts/session.ts';
import { openStore } from '../../../src/store/open.ts';

const MILLION = 1_000_000;
const haiku: ModelRef = { provider: 'anthropic', id: 'claude-haiku-4-5-20251001' };
const reply = (turn: number, model: ModelRef): Reply => ({
  ...{ kind: 'reply', turn, messages: [], calls: [], finish: 'done', model },
  usage: { input: MILLION, output: MILLION, cacheRead: MILLION, cacheWrite: MILLION },
});

it('adds up a session, or all below an id: each kind of token at its price, and names the models without one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-cost-'));
  const store = await openStore({ path: join(folder, 'store.db'), migrate: true });
  const say = (session: string, turn: number, model: ModelRef) =>
    store.transcripts.append({
      session,
      key: entryKey.turn(turn),
      messages: [{ kind: 'note', about: 'limits', text: '' }, reply(turn, model)],
    });
  await say('task/1/code/1', 1, haiku);
  await say('task/1/code/1', 2, haiku);
  await say('task/1/review/1/round-1/correctness', 1, { provider: 'openai', id: 'unheard-of' });
  await say('task/10/code/1', 1, haiku);
  await store.transcripts.append({ session: 'task/1/code/1', key: entryKey.result(1, 0), messages: [{ kind: 'result', text: 'x' }] });

  const each = 1 + 5 + 0.1 + 1.25;
  expect(await costOf(store, 'task/1/code/1')).toEqual({ turns: 2, tokens: 8 * MILLION, usd: 2 * each, unpriced: [] });
  expect(await costOf(store, 'task/1')).toEqual({ turns: 3, tokens: 12 * MILLION, usd: 2 * each, unpriced: ['openai/unheard-of'] });
  expect(await costOf(store, 'task/2')).toEqual({ turns: 0, tokens: 0, usd: 0, unpriced: [] });
  await store.close();
  await rm(folder, { recursive: true });
});
