// SIGKILL at every point of a task and its session: of the workers, of the server, of both. Effects are counted from outside: on the forge,
// and by whoever gets the notices. Each point is one task's; several tasks run to theirs, and one kill meets them all.
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTask } from '../../src/activities/task/start.ts';
import { taskId } from '../../src/contracts/task.ts';
import { WORKING_LABEL } from '../../src/policies/task-facts.ts';
import { install, type Installation } from '../support/installation.ts';
import { keepServer, keepWorkers, type KeptServer } from '../support/keep-alive.ts';
import { bash, createTaskWorld, handOver, type IssueTask, type TaskWorld } from '../support/task-world.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/** Tasks that share a kill. More make fewer kills and more work. */
const SIDE_BY_SIDE = 8;
/** Of every request. */
const LABEL = 'by-agent';

let directory: string;
let world: TaskWorld;
let server: KeptServer;
let here: Installation;
let endWorkers: () => Promise<void>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-task-killed-'));
  world = await createTaskWorld(({ turn }) =>
    turn === 0 ? { call: [bash('sleep 0.3; echo solved >> solution.txt')] } : { call: [handOver('Solve it', ['solution.txt'])] },
  );
  server = await keepServer(join(directory, 'temporal.db'));
  here = await install({
    modelUrl: world.model.url,
    env: { ...world.env, SIGNALBOX_REQUEST_LABELS: LABEL },
    server: { address: server.address, namespace: 'default' },
  });
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

type Handle = Awaited<ReturnType<typeof startTask>>;
/** With something to do by rule from its beginning. */
async function start(task: IssueTask): Promise<Handle> {
  const to = taskId(task);
  await here.store.mail.post({ id: `told/${to}`, to, from: 'ann', kind: 'tell', body: { text: 'resume' }, ifClosed: 'return' });
  return startTask(here, task, here.host, 'quick');
}

/** Asks again where the server was away. */
async function expectDelivered(handle: Handle): Promise<void> {
  const outcome = await until(`${handle.workflowId} ends`, () => handle.result(), 240);
  expect(outcome).toEqual({ outcome: 'delivered', request: 2 });
}

async function expectOnce(task: IssueTask): Promise<void> {
  const { owner, repo, issue: issue_number } = task;
  const { rest } = world.forge.as('reader');
  const { data: pulls } = await rest.pulls.list({ owner, repo, state: 'all' });
  expect(pulls).toMatchObject([{ labels: [{ name: LABEL }] }]);
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
  let calmTask: IssueTask;
  let calm: string[];

  it(
    'passes the same points in every run',
    async () => {
      calmTask = await world.newIssue('Solve it');
      await expectDelivered(await start(calmTask));
      await expectOnce(calmTask);
      calm = (await here.points()).map(({ point }) => point);
      expect(calm.length).toBeGreaterThan(40);
    },
    FIRST_RUN_MS,
  );

  it.each(['workers', 'server', 'both'] as const)(
    'is delivered, each effect once, over SIGKILL of %s at every point',
    async (who) => {
      const tasks = await Promise.all(Array.from({ length: SIDE_BY_SIDE }, () => world.newIssue('Solve it')));
      await deliverOver(who, tasks);
      for (const task of tasks) {
        await expectOnce(task);
        expect(await here.store.ledger.settled({ prefix: `${taskId(task)}/` })).toHaveLength(8);
        expect((await here.store.mail.find({ id: `told/${taskId(task)}` }))?.actedBy).toBe(`${taskId(task)}/directive/1`);
      }
    },
    600_000,
  );

  /** Runs the tasks side by side, each to a point of its own, then kills; and again, until each point was some task's. */
  async function deliverOver(who: 'workers' | 'server' | 'both', tasks: readonly IssueTask[]): Promise<void> {
    const shares = tasks.map((task, share) =>
      calm.filter((_, at) => at % tasks.length === share).map((point) => point.replace(taskId(calmTask), taskId(task))),
    );
    const orders = join(here.data, 'kill-at');
    const hold = async (round: number): Promise<string[]> => {
      const points = shares.flatMap((share) => share.slice(round, round + 1));
      await writeFile(`${orders}.next`, points.map((point) => `hold ${point}`).join('\n'));
      await rename(`${orders}.next`, orders); // at once: a worker may be reading
      return points;
    };
    let handles: Handle[] | undefined;
    for (let round = 0; round < Math.ceil(calm.length / tasks.length); round++) {
      const points = await hold(round);
      handles ??= await Promise.all(tasks.map(start));
      await until(`the tasks are at ${points.join(', ')}`, async () => points.every((point) => held().has(point)), 120);
      const workers = who === 'server' ? [] : here.workers().map((worker) => worker.kill());
      await Promise.all([...workers, ...(who === 'workers' ? [] : [server.kill()])]);
    }
    await rm(orders);
    for (const handle of handles ?? []) await expectDelivered(handle);
  }

  const held = (): Set<string> => {
    const file = join(here.data, 'held');
    return new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
  };
});
