// Several processes on one store, one of them slow or killed.
import { fork, type ChildProcess } from 'node:child_process';
import { once as nextEvent } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreError } from '../../src/store/errors.ts';
import { openStore } from '../../src/store/open.ts';
import type { Task } from './program.ts';

const PROGRAM = fileURLToPath(new URL('./program.ts', import.meta.url));

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-store-'));
  path = join(directory, 'store.db');
});
afterEach(() => rm(directory, { recursive: true }));

interface Program {
  readonly child: ChildProcess;
  readonly said: Record<string, unknown>[];
  readonly ended: Promise<unknown>;
}

function start(action: Task['action'], name: string = action): Program {
  const child = fork(PROGRAM, [JSON.stringify({ path, action, name })], { execArgv: [] });
  const said: Record<string, unknown>[] = [];
  child.on('message', (message) => said.push(message as Record<string, unknown>));
  return { child, said, ended: nextEvent(child, 'exit') };
}

const letter = { to: 'task/1', from: 'ann', kind: 'tell', body: 'x', ifClosed: 'return' } as const;

describe('while another process holds the lock for three seconds', () => {
  it('an operation waits and succeeds, and the caller’s event loop goes on', async () => {
    const store = await openStore({ path, migrate: true });
    const other = start('lock');
    await nextEvent(other.child, 'message');

    const began = performance.now();
    let last = began;
    let longestGap = 0;
    const ticks = setInterval(() => {
      longestGap = Math.max(longestGap, performance.now() - last);
      last = performance.now();
    }, 20);
    await store.mail.post({ ...letter, id: 'm1' });
    clearInterval(ticks);
    longestGap = Math.max(longestGap, performance.now() - last); // a loop that stood still until now has not ticked since

    expect(performance.now() - began).toBeGreaterThan(2000);
    expect(longestGap).toBeLessThan(1000);
    expect(await store.mail.take({ address: 'task/1' })).toHaveLength(1);
    await store.close();
    await other.ended;
  });

  it('an operation that may not wait so long fails with a code, writes nothing, and can be tried again', async () => {
    const store = await openStore({ path, migrate: true, busyTimeoutMs: 100 });
    const other = start('lock');
    await nextEvent(other.child, 'message');
    const failed = store.mail.post({ ...letter, id: 'm1' });
    await expect(failed).rejects.toBeInstanceOf(StoreError);
    await expect(failed).rejects.toMatchObject({ name: 'StoreError', code: 'STORE_BUSY' });
    expect(await store.mail.find({ id: 'm1' })).toBeUndefined();
    await other.ended;
    expect(await store.mail.post({ ...letter, id: 'm1' })).toMatchObject({ state: 'posted' });
    await store.close();
  });
});

it('processes that start at once on a new file all come up, and one of them gets what all want', async () => {
  const programs = Array.from({ length: 6 }, (_, n) => start('startAndClaim', `p${n}`));
  await Promise.all(programs.map(({ ended }) => ended));
  const states = programs.flatMap(({ said }) => said.map(({ state }) => state)).sort();
  expect(states).toEqual(['claimed', 'held', 'held', 'held', 'held', 'held']);
});

it('mail that is posted while its reader ends is either acted on, or its sender is told', async () => {
  await (await openStore({ path, migrate: true })).close();
  const posters = [start('post', 'a'), start('post', 'b'), start('post', 'c')];
  const reader = start('readAndClose');
  await Promise.all([reader.ended, ...posters.map(({ ended }) => ended)]);
  expect(reader.said).toEqual([{ closed: true }]);

  const store = await openStore({ path });
  const outcomes = posters.flatMap(({ said }) => said);
  const kept = await Promise.all(outcomes.map(({ id }) => store.mail.find({ id: String(id) })));
  const became = kept.map((mail) => (mail?.actedBy === 'reader' ? 'posted' : mail?.returnedBecause !== undefined ? 'undelivered' : 'lost'));
  expect(became).toEqual(outcomes.map(({ state }) => state));
  expect(outcomes.filter(({ state }) => state === 'undelivered')).toHaveLength(3);
  await store.close();
});

it('what a process was told is written survives its SIGKILL', async () => {
  await (await openStore({ path, migrate: true })).close();
  const poster = start('post', 'a');
  while (poster.said.length < 20) await nextEvent(poster.child, 'message');
  poster.child.kill('SIGKILL');
  await poster.ended;

  const store = await openStore({ path });
  const there = new Set((await store.mail.take({ address: 'task/1' })).map(({ id }) => id));
  expect(poster.said.filter(({ id }) => !there.has(String(id)))).toEqual([]);
  await store.close();
  const database = new DatabaseSync(path);
  expect(database.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
  database.close();
});
