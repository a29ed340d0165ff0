// Long lives on a server that suggests to continue as new after 60 events: nothing is lost between runs, and a task waits for its session
// first.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startServer, type Server } from '../../devkit/temporal/server.ts';
import { send } from '../../src/client/send.ts';
import { startTask } from '../../src/client/start-task.ts';
import type { Said } from '../../src/contracts/said.ts';
import { taskId } from '../../src/contracts/task.ts';
import { install, type Installation } from '../support/installation.ts';
import { bash, createTaskWorld, type TaskWorld } from '../support/task-world.ts';
import { executable, FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const TURNS = 30;
let directory: string;
let server: Server;
let world: TaskWorld;
let here: Installation;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-long-'));
  server = await startServer({
    executable: await executable(),
    database: join(directory, 'temporal.db'),
    settings: ['limit.historyCount.suggestContinueAsNew=60'],
  });
  world = await createTaskWorld(({ turn }) => {
    if (turn === 0) return { call: [bash('echo begun > begun.txt')] };
    return turn < TURNS ? { call: [{ tool: 'glob', input: { pattern: `*.${turn}` } }] } : { say: 'Done.' };
  });
  here = await install({ modelUrl: world.model.url, env: world.env, server: { address: server.address, namespace: 'default' } });
  await here.startWorker();
}, FIRST_RUN_MS);

afterAll(async () => {
  await here.end();
  await world.end();
  await server.kill();
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
});

describe('a long session', () => {
  it('continues as new without losing mail', async () => {
    const handle = await here.startSession('session/long', { prompt: 'Go on.' });
    for (const number of [1, 2, 3]) {
      await until(
        `turn ${number * 8}`,
        async () => (await here.store.transcripts.entry({ session: 'session/long', key: `turn/${number * 8}` })) !== undefined,
        60,
      );
      await send(here, { id: `steer-${number}`, to: 'session/long', from: 'ann', kind: 'steer', body: `word ${number}` });
      await handle.signal('tell', `typed ${number}`);
    }
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });

    const said = (await here.store.transcripts.read({ session: 'session/long', after: 0 })).map(({ message }) => message as Said);
    const mail = said.flatMap((one) => (one.kind === 'mail' ? [one.text] : [])).sort();
    expect(mail).toEqual(['typed 1', 'typed 2', 'typed 3', 'word 1', 'word 2', 'word 3']);
    expect(said.filter(({ kind }) => kind === 'reply')).toHaveLength(TURNS + 1);

    expect((await handle.describe()).runId).not.toBe(handle.firstExecutionRunId);
  }, 120_000);

  it('is waited for by its task before that continues as new', async () => {
    const task = await world.newIssue('Take many turns');
    const handle = await startTask(here, task, here.host);
    const session = here.client.workflow.getHandle(`${taskId(task)}/session/1`);
    await until('the session runs', async () => (await session.describe()).status.name === 'RUNNING');
    // Each nudge is a decision: the task passes the number of events at which the server suggests to continue.
    for (let nudge = 0; nudge < 12; nudge++) await handle.signal('look');
    expect(await handle.result()).toEqual({ outcome: 'delivered', request: 2 });
    expect((await session.describe()).status.name).toBe('COMPLETED');
  }, 120_000);
});
