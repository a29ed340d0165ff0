// The quick calls of a turn, with tools that watch each other.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createQuickTools } from '../../../src/activities/tools/quick.ts';
import type { Tool } from '../../../src/activities/tools/tool.ts';
import { entryKey, type Reply, type ToolResult } from '../../../src/contracts/said.ts';
import { DEFAULT_SESSION_LIMITS, type SessionSpec } from '../../../src/contracts/session.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Store } from '../../../src/store/store.ts';

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-quick-'));
  store = await openStore({ path: join(folder, 'store.db'), migrate: true });
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const tool = (name: string, readOnly: boolean, run: Tool['run']): Tool => ({ name, description: '', input: z.unknown(), readOnly, run });

/** Runs one call of each of these tools, as one turn of a session. Returns the results by the tools' names. */
async function turnOf(session: string, calls: readonly string[], tools: readonly Tool[]): Promise<Record<string, ToolResult>> {
  const spec = { worktree: folder, tools: 'all', output: null, limits: DEFAULT_SESSION_LIMITS } as SessionSpec;
  const reply = { kind: 'reply', turn: 1, calls: calls.map((name, at) => ({ id: `c${at}`, tool: name, input: {} })) } as unknown as Reply;
  await store.transcripts.append({ session, key: entryKey.turn(1), messages: [reply] });
  await createQuickTools(store, { files: tools, confinesCommands: true })(session, spec, { turn: 1, from: 0, to: calls.length });
  const said = (await store.transcripts.read({ session, after: 0 })).map(({ message }) => message as Reply | ToolResult);
  return Object.fromEntries(said.flatMap((one) => (one.kind === 'result' ? [[one.tool, one]] : [])));
}

it('runs those that only read side by side, and the others in their places, one after the other', async () => {
  const log: string[] = [];
  const { promise: seen, resolve: see } = Promise.withResolvers<undefined>();
  const { promise: left, resolve: leave } = Promise.withResolvers<undefined>();
  const waits = (name: string, readOnly: boolean, until: () => Promise<unknown>, before: () => void): Tool =>
    tool(name, readOnly, async () => {
      log.push(`${name} begins`);
      before();
      await until();
      log.push(`${name} ends`);
      return { how: 'ok', text: name };
    });
  const work = async (): Promise<void> => {
    for (let round = 0; round < 5; round++) await store.transcripts.read({ session: 'parallel', after: 0 });
  };
  const tools = [
    waits(
      'look',
      true,
      () => left,
      () => see(undefined),
    ), // each of the two ends only when the other one has begun
    waits(
      'listen',
      true,
      () => seen,
      () => leave(undefined),
    ),
    waits('write', false, work, () => undefined),
    waits('change', false, work, () => undefined),
    waits('check', true, work, () => undefined),
  ];
  const results = await turnOf('parallel', ['look', 'listen', 'write', 'change', 'check'], tools);
  expect(log.slice(0, 2)).toEqual(['look begins', 'listen begins']);
  expect(log.slice(4)).toEqual(['write begins', 'write ends', 'change begins', 'change ends', 'check begins', 'check ends']);
  expect(Object.values(results).map(({ how }) => how)).toEqual(Array.from({ length: 5 }, () => 'ok'));
});

it('runs nothing after a call that has failed for good', async () => {
  const ran: string[] = [];
  const tools = ['first', 'breaks', 'last'].map((name) =>
    tool(name, false, async () => {
      ran.push(name);
      return name === 'breaks' ? { how: 'fatal', text: 'gone' } : { how: 'ok', text: '' };
    }),
  );
  const { breaks, last } = await turnOf('fatal', ['first', 'breaks', 'last'], tools);
  expect([breaks?.how, last?.how]).toEqual(['fatal', 'skipped']);
  expect(ran).toEqual(['first', 'breaks']);
});
