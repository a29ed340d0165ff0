// What a task has cost with its request, and what its next session may.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { limitsWithin, moneyOf, taskOf } from '../../../src/activities/session/money.ts';
import { entryKey, type Reply } from '../../../src/contracts/said.ts';
import { DEFAULT_SESSION_LIMITS } from '../../../src/contracts/session.ts';
import { openStore } from '../../../src/store/open.ts';

const task = 'task/default/o/r/1/1';
/** Five dollars. */
const reply: Reply = {
  ...{ kind: 'reply', turn: 1, messages: [], calls: [], finish: 'done', model: { provider: 'anthropic', id: 'claude-haiku-4-5' } },
  usage: { input: 0, output: 1_000_000, cacheRead: 0, cacheWrite: 0 },
};

it('counts sessions, reviews and the request of a task; its next session gets what is left, and people may allow more', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-money-'));
  const store = await openStore({ path: join(folder, 'store.db'), migrate: true });
  const deps = { store, taskUsd: 12, limits: DEFAULT_SESSION_LIMITS };
  const spend = (session: string) => store.transcripts.append({ session, key: entryKey.turn(1), messages: [reply] });
  await spend(`${task}/code/1`);
  await spend('mr/forge.example/o/r/7/fix-checks/1');
  await spend('mr/forge.example/o/r/8/fix-checks/1');
  expect(await moneyOf(deps, task)).toEqual({ spent: 5, allowed: 12 });

  await store.custody.begin({ request: 'mr/forge.example/o/r/7', policy: 'merge', task, by: task, because: 'It is its own.' });
  expect(await moneyOf(deps, task)).toEqual({ spent: 10, allowed: 12 });
  expect((await limitsWithin(deps, task)).limits.usd).toBe(2);
  expect((await limitsWithin(deps, null)).limits.usd).toBe(DEFAULT_SESSION_LIMITS.usd);

  await spend(`${task}/review/1/round-1/correctness`);
  expect((await limitsWithin(deps, taskOf(`${task}/review/1`))).limits.usd).toBe(0);
  const item = `${task}/ask/money/0`;
  await store.outbox.ask({ id: item, askedBy: task, question: 'More?', accepts: ['approve', 'reject'] });
  await store.outbox.answer({ item, verdict: 'approve', by: 'ann' });
  expect(await moneyOf(deps, task)).toEqual({ spent: 15, allowed: 24 });
  await store.close();
  await rm(folder, { recursive: true });
});
