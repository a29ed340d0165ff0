// SIGKILL of the worker at every point of a task and its session. Effects are counted from outside: on the forge, and by whoever gets the
// notices. (What the server's death does to activities is in session-killed.test.ts.)
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTask } from '../../src/client/start-task.ts';
import { taskId, type TaskRef } from '../../src/contracts/task.ts';
import { WORKING_LABEL } from '../../src/policies/task.ts';
import { install, type Installation } from '../support/installation.ts';
import { keepServer, keepWorkers, type KeptServer } from '../support/keep-alive.ts';
import { bash, createTaskWorld, type TaskWorld } from '../support/task-world.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';

let directory: string;
let world: TaskWorld;
let server: KeptServer;
let here: Installation;
let endWorkers: () => Promise<void>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-task-killed-'));
  world = await createTaskWorld(({ turn }) =>
    turn === 0 ? { call: [bash('sleep 0.3; echo solved >> solution.txt')] } : { say: 'Solved.' },
  );
  server = await keepServer(join(directory, 'temporal.db'));
  here = await install({ modelUrl: world.model.url, env: world.env, server: { address: server.address, namespace: 'default' } });
  await server.watchedBy(here);
  endWorkers = await keepWorkers(here, 2);
}, FIRST_RUN_MS);

afterAll(async () => {
  await endWorkers();
  await here.end();
  await server.stop();
  await world.end();
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
});

async function deliver(task: TaskRef): Promise<void> {
  const handle = await startTask(here, task, here.host);
  expect(await handle.result()).toEqual({ outcome: 'delivered', request: 2 });
}

async function expectOnce(task: TaskRef): Promise<void> {
  const { owner, repo, issue: issue_number } = task;
  const { rest } = world.forge.as('reader');
  const { data: pulls } = await rest.pulls.list({ owner, repo, state: 'all' });
  expect(pulls).toHaveLength(1);
  const { data: commits } = await rest.pulls.listCommits({ owner, repo, pull_number: 2 });
  expect(commits).toHaveLength(1);
  const { data: file } = await rest.repos.getContent({ owner, repo, path: 'solution.txt', ref: pulls[0]?.head.sha ?? '' });
  expect(Buffer.from('content' in file ? file.content : '', 'base64').toString()).toBe('solved\n');
  const { data: comments } = await rest.issues.listComments({ owner, repo, issue_number });
  expect(comments).toHaveLength(1);
  expect((await rest.issues.get({ owner, repo, issue_number })).data.labels).toMatchObject([{ name: WORKING_LABEL }]);
  // Nobody can look whether a notice arrived: it may come again, with the same id.
  const notices = world.noticed.filter(({ text }) => text.includes(`${repo}#`));
  expect(new Set(notices.map(({ id }) => id)).size).toBe(1);
}

describe('a task', () => {
  let calm: string[];

  it(
    'passes the same points in every run',
    async () => {
      const task = await world.newIssue('Solve it');
      await deliver(task);
      await expectOnce(task);
      calm = (await here.points()).map(({ point }) => point);
      expect(calm.length).toBeGreaterThan(40);
    },
    FIRST_RUN_MS,
  );

  it('is delivered, each effect once, over SIGKILL of the worker at every point', async () => {
    const task = await world.newIssue('Solve it');
    await writeFile(join(here.data, 'kill-at'), calm.map((point) => `worker ${point}`).join('\n'));
    await deliver(task);
    await expectOnce(task);
    expect(await readFile(join(here.data, 'kill-at'), 'utf8')).toBe('');
    expect(await here.store.ledger.settled({ prefix: `${taskId(task)}/` })).toHaveLength(6);
  }, 900_000);
});
