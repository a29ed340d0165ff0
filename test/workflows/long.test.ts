// Long lives on a server that suggests to continue as new after 60 events: nothing is lost between runs, no turn costs more history than the
// one before, and coordinators wait first for what they have started. (A thousand turns: `npm run bench -- kernel overhead=1000`.)
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startServer, type Server } from '../../devkit/temporal/server.ts';
import { explain } from '../../src/client/explain.ts';
import { send } from '../../src/client/send.ts';
import { startTask } from '../../src/activities/task/start.ts';
import { TURN_HISTORY_BYTES } from '../../src/contracts/budgets.ts';
import type { Said } from '../../src/contracts/said.ts';
import { DEFAULT_SESSION_LIMITS } from '../../src/contracts/session.ts';
import { taskId } from '../../src/contracts/task.ts';
import { install, type Installation } from '../support/installation.ts';
import { createRequestWorld, helpful, type RequestWorld } from '../support/request-world.ts';
import { bash, createTaskWorld, handOver, type TaskWorld } from '../support/task-world.ts';
import { executable, FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const EVENTS = 60;
const TURNS = 150;
let directory: string;
let server: Server;
let world: TaskWorld;
let here: Installation;
let requests: RequestWorld;
/** Where the requests are. */
let there: Installation;
/** Reviewers wait for it. */
const reviewing = { opened: Promise.withResolvers<undefined>(), asked: 0 };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-long-'));
  server = await startServer({
    executable: await executable(),
    database: join(directory, 'temporal.db'),
    settings: [`limit.historyCount.suggestContinueAsNew=${EVENTS}`],
    namespaces: ['requests'],
  });
  world = await createTaskWorld(({ turn, messages }) => {
    if (turn === 0) return { call: [bash('echo begun > begun.txt')] };
    const ofTask = messages.some(({ text }) => text.startsWith('Signalbox playbook'));
    if (turn < (ofTask ? 5 : TURNS)) return { call: [{ tool: 'read', input: { path: 'begun.txt', limit: turn } }] };
    return ofTask ? { call: [handOver('Take a few turns', ['begun.txt'])] } : { say: 'Done.' };
  });
  here = await install({ modelUrl: world.model.url, env: world.env, server: { address: server.address, namespace: 'default' } });
  requests = await createRequestWorld(async (playbook, conversation) => {
    if (!playbook.startsWith('review-')) return { status: 400 };
    reviewing.asked++;
    await reviewing.opened.promise;
    return helpful(playbook, conversation);
  });
  there = await install({ modelUrl: requests.model.url, env: requests.env, server: { address: server.address, namespace: 'requests' } });
  await Promise.all([here.startWorker(), there.startWorker()]);
}, FIRST_RUN_MS);

afterAll(async () => {
  reviewing.opened.resolve(undefined); // a test that fails leaves them waiting
  await Promise.all([here.end(), there.end()]);
  await Promise.all([world.end(), requests.end()]);
  await server.kill();
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
});

describe('a long session', () => {
  it('continues as new without losing mail', async () => {
    const handle = await here.startSession('session/long', { prompt: 'Go on.', limits: { ...DEFAULT_SESSION_LIMITS, turns: 2 * TURNS } });
    for (const number of [1, 2, 3]) {
      const turn = number * 12;
      await until(
        `turn ${turn}`,
        async () => (await here.store.transcripts.entry({ session: 'session/long', key: `turn/${turn}` })) !== undefined,
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
  }, 240_000);

  it('costs the same bytes of history a turn, whatever its age', async () => {
    const runs = await runsOf('session/long');
    expect(runs.length).toBeGreaterThan(TURNS / 10);
    // The first runs had mail and the last one is shorter: what lies between is like one another.
    const sizes = runs.slice(Math.ceil(runs.length / 2), -1).map(({ bytes }) => bytes);
    expect(Math.max(...sizes) / Math.min(...sizes)).toBeLessThan(1.1);
    expect(runs.reduce((sum, { bytes }) => sum + bytes, 0) / TURNS).toBeLessThan(TURN_HISTORY_BYTES);
  });

  it('is waited for by its task before that continues as new', async () => {
    const task = await world.newIssue('Take a few turns');
    const handle = await startTask(here, task, here.host, 'quick');
    const session = here.client.workflow.getHandle(`${taskId(task)}/code/1`);
    await until('the session runs', async () => (await session.describe()).status.name === 'RUNNING');
    // It stays while the task passes the number of events at which the server suggests to continue: each decision is eight or so.
    await session.signal('pause');
    const { runId: firstRun } = await handle.describe();
    await decideOften(here, taskId(task));
    expect((await session.describe()).status.name).toBe('RUNNING');
    await session.signal('resume');
    expect(await handle.result()).toEqual({ outcome: 'delivered', request: 2 });
    expect((await session.describe()).status.name).toBe('COMPLETED');
    expect((await handle.describe()).runId).not.toBe(firstRun);
  }, 120_000);
});

describe('the owner of a request and its review', () => {
  it('continue as new only when what they have started has ended, and know how it did', async () => {
    const request = await requests.open(there, { by: 'owner' });
    const owner = await request.own();
    await until('two reviewers work', () => reviewing.asked >= 2, 60);
    const [review = ''] = [...(await running('review'))];
    const reviewers = await running('session');
    const first = await Promise.all([request.id, review].map(runOf));
    for (const id of [request.id, review]) await decideOften(there, id);
    expect(await Promise.all([request.id, review].map(runOf))).toEqual(first);
    expect(await running('session')).toEqual(reviewers);

    reviewing.opened.resolve(undefined);
    await until('it is reviewed', async () => (await explain(there.store, request.id)).at(-1)?.rule === 'approval-missing', 60);
    for (const [at, id] of [request.id, review].entries()) expect(await runOf(id)).not.toBe(first[at]);
    expect(await there.client.workflow.getHandle(review).result()).toMatchObject({ verdict: 'clean', rounds: 1 });
    const { place, number: pull_number } = request;
    await requests.forge.as('owner').rest.pulls.update({ ...place, pull_number, state: 'closed' });
    expect(await owner.result()).toEqual({ outcome: 'closed' });
  }, 120_000);

  const runOf = async (id: string): Promise<string> => (await there.client.workflow.getHandle(id).describe()).runId;
  async function running(type: string): Promise<Set<string>> {
    const ids = new Set<string>();
    const query = `WorkflowType = '${type}' AND ExecutionStatus = 'Running'`;
    for await (const { workflowId } of there.client.workflow.list({ query })) ids.add(workflowId);
    return ids;
  }
});

/**
 * Lets a workflow decide until it has passed the number of events at which the server suggests to continue: each decision is eight or so.
 * @throws Error as soon as it has continued: it must not yet
 */
async function decideOften({ client, store }: Installation, workflow: string): Promise<void> {
  const handle = client.workflow.getHandle(workflow);
  const decisions = async (): Promise<number> => (await store.decisions.trace({ workflow, after: 0, limit: 1000 })).length;
  const { runId: first } = await handle.describe();
  for (;;) {
    const { runId, historyLength } = await handle.describe();
    if (runId !== first) throw new Error(`${workflow} has continued as new while something that it has started runs`);
    if (historyLength >= 100) return;
    const before = await decisions();
    await handle.signal('look');
    await until('it has decided once more', async () => (await decisions()) > before);
  }
}

/** The runs of a workflow, oldest first. */
async function runsOf(workflowId: string): Promise<{ status: string; bytes: number }[]> {
  const runs: { status: string; bytes: number; at: number }[] = [];
  for await (const { runId, status, startTime } of here.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const { raw } = await here.client.workflow.getHandle(workflowId, runId).describe();
    const bytes = Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
    runs.push({ status: status.name, bytes, at: startTime.getTime() });
  }
  return runs.sort((a, b) => a.at - b.at);
}
