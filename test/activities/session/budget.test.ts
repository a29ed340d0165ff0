// What a task has spent with its request, and what its next session may.
import { expect, it } from '@jest/globals';
import { limitsWithin, budgetOf, taskOf } from '../../../src/activities/session/budget.ts';
import { entryKey, type Reply } from '../../../src/contracts/said.ts';
import { DEFAULT_SESSION_LIMITS } from '../../../src/contracts/session.ts';
import { memoryStore } from '../../store/backends.ts';

const task = 'task/default/o/r/1/1';
/** Five dollars. */
const reply: Reply = {
  kind: 'reply',
  turn: 1,
  messages: [],
  calls: [],
  finish: 'done',
  model: { provider: 'anthropic', id: 'claude-haiku-4-5' },
  usage: { input: 0, output: 1_000_000, cacheRead: 0, cacheWrite: 0 },
};

it('counts sessions, reviews and the request of a task; its next session gets what is left, and people may allow more', async () => {
  const { store } = await memoryStore();
  const taskBudget = { turns: 7, minutes: 30, tokens: 10_000_000, usd: 12 };
  const deps = { store, taskBudget, limits: DEFAULT_SESSION_LIMITS };
  const spend = (session: string) => store.transcripts.append({ session, key: entryKey.turn(1), messages: [reply] });
  await spend(`${task}/code/1`);
  await spend('mr/forge.example/o/r/7/fix-checks/1');
  await spend('mr/forge.example/o/r/8/fix-checks/1');
  expect(await budgetOf(deps, task)).toEqual({ spent: { turns: 1, minutes: 0, tokens: 1_000_000, usd: 5 }, allowed: taskBudget });

  await store.custody.begin({ request: 'mr/forge.example/o/r/7', policy: 'merge', task, by: task, because: 'It is its own.' });
  expect(await budgetOf(deps, task)).toMatchObject({ spent: { turns: 2, usd: 10 }, allowed: taskBudget });
  expect((await limitsWithin(deps, task)).limits).toEqual({ ...DEFAULT_SESSION_LIMITS, turns: 5, minutes: 30, usd: 2 });
  expect((await limitsWithin(deps, null)).limits).toEqual(DEFAULT_SESSION_LIMITS);

  await spend(`${task}/review/1/round-1/correctness`);
  expect((await limitsWithin(deps, taskOf(`${task}/review/1`))).limits.usd).toBe(0);
  const item = `${task}/ask/budget/0`;
  await store.outbox.ask({ id: item, askedBy: task, question: 'More?', accepts: ['approve', 'reject'] });
  await store.outbox.answer({ item, verdict: 'approve', by: 'ann' });
  expect(await budgetOf(deps, task)).toMatchObject({
    spent: { turns: 3, usd: 15 },
    allowed: { turns: 14, minutes: 60, tokens: 20_000_000, usd: 24 },
  });
  await store.close();
});
