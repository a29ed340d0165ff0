// The command line as a person and a script use it: real processes, a real server, a session with a scripted model.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { Client, Connection } from '@temporalio/client';
import { startModel, type Step, type ScriptedModel } from '../../../devkit/model/model.ts';
import { putSpec } from '../../../src/activities/session/spec.ts';
import { GENERAL_QUEUE } from '../../../src/contracts/queues.ts';
import { openStore } from '../../../src/store/open.ts';
import { executable, FIRST_RUN_MS } from '../../support/temporal.ts';
import { until } from '../../support/until.ts';

const BIN = resolve(import.meta.dirname, '../../../bin/signalbox');
let folder: string;
let model: ScriptedModel;
/** What the model answers next, once the test says so. */
let answers: (Step | Promise<Step>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-cli-'));
  model = await startModel(() => answers.shift() ?? { say: 'Done.' });
  await executable(); // may have to be built, once a machine
}, FIRST_RUN_MS);
afterAll(async () => {
  await signalbox('down');
  await model.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function signalbox(...args: string[]): Promise<{ code: number | undefined; out: string; err: string }> {
  const { PATH = '', HOME = '' } = process.env;
  const env = {
    PATH,
    HOME,
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: 'scripted',
    SIGNALBOX_HOST: 'here',
    SIGNALBOX_LOG_LEVEL: 'error',
  };
  const { exitCode, stdout, stderr } = await execa(BIN, args, { cwd: folder, env, extendEnv: false, reject: false });
  return { code: exitCode, out: stdout, err: stderr };
}

async function json<Answer>(...args: string[]): Promise<Answer> {
  const { code, out, err } = await signalbox(...args, '--json');
  if (code !== 0) throw new Error(err);
  return JSON.parse(out) as Answer;
}

interface Up {
  temporal: { address: string; ui: string };
  worker: { pid: number };
  data: string;
}

describe('without an installation', () => {
  it('says what to do, with an exit code for scripts', async () => {
    expect(await signalbox('list')).toMatchObject({ code: 3, err: expect.stringContaining('signalbox up') });
    expect(JSON.parse((await signalbox('list', '--json')).err)).toMatchObject({ code: 3 });
    expect(await signalbox('lits')).toMatchObject({ code: 1, err: expect.stringContaining('list') });
  });
});

describe('an installation', () => {
  it('comes up, is left alone when it is up, and comes back after kill -9 of its worker or its server', async () => {
    const first = await json<Up>('up');
    expect(await json<Up>('up')).toEqual(first);
    expect(await json('status')).toMatchObject({ worker: { pid: first.worker.pid }, running: [], trouble: null });

    process.kill(first.worker.pid, 'SIGKILL');
    const second = await json<Up>('up');
    expect(second.temporal).toEqual(first.temporal);
    expect(second.worker.pid).not.toBe(first.worker.pid);

    const server = JSON.parse(await readFile(join(first.data, 'run', 'temporal.json'), 'utf8')) as { pid: number };
    process.kill(server.pid, 'SIGKILL');
    const third = await json<Up>('up');
    expect(third.worker.pid).toBe(second.worker.pid);
  }, 120_000);

  it('shows, steers, tells of and kills a session', async () => {
    const thinking = Promise.withResolvers<Step>();
    answers = [thinking.promise, { call: [{ tool: 'bash', input: { command: 'sleep 600' } }] }];
    const id = await startSession();
    await until('the model is asked', () => model.requests().length === 1);

    expect((await signalbox('list')).out).toMatch(/cli-session +session +running/);
    expect(await signalbox('steer', 'cli-session', 'Mind', 'the', 'gap.')).toMatchObject({
      code: 0,
      out: expect.stringContaining('before its next step'),
    });
    expect(await json('show', 'cli-session')).toMatchObject({
      work: { id, state: 'running' },
      mail: [{ body: { text: 'Mind the gap.' } }],
    });
    thinking.resolve({ call: [{ tool: 'bash', input: { command: 'true' } }] });
    await until('the model has seen it', () => JSON.stringify(model.requests()[1]?.messages).includes('Mind the gap.'));
    expect((await signalbox('logs', 'cli-session')).out).toMatch(/mail\.posted[^]*turn\/2/);

    expect(await json('kill', 'cli-session', '--reason', 'enough')).toEqual({ id, outcome: 'cancelled' });
    expect((await signalbox('tell', 'cli-session', 'hello')).err).toContain('Not delivered');
    expect((await signalbox('list', '--all')).out).toMatch(/cli-session +session +killed/);
    expect(await signalbox('show', 'no-such-session')).toMatchObject({ code: 4 });
  }, 120_000);

  it('goes down in good order, and says so', async () => {
    expect(await json('down')).toEqual({ worker: 'stopped', temporal: 'stopped' });
    expect(await json('down')).toEqual({ worker: 'not running', temporal: 'not running' });
  }, 120_000);
});

/** There is no command for a bare session: tasks start theirs. */
async function startSession(): Promise<string> {
  const { temporal, data } = await json<Up>('up');
  const worktree = join(data, 'worktrees', 'cli-session');
  await mkdir(worktree, { recursive: true });
  const store = await openStore({ path: join(data, 'store.db') });
  const connection = await Connection.connect({ address: temporal.address });
  const limits = { turns: 50, minutes: 60, tokens: 1_000_000, stallSeconds: 120, repeats: 3 };
  const spec = await putSpec(store, {
    model: { provider: 'anthropic', id: 'scripted' },
    system: 'You are an agent.',
    prompt: 'Do it.',
    worktree,
    limits,
  });
  const handle = await new Client({ connection }).workflow.start('session', {
    workflowId: 'session/cli-session',
    taskQueue: GENERAL_QUEUE,
    args: [{ spec, host: 'here', turn: 1, paused: false }],
  });
  await store.close();
  await connection.close();
  return handle.workflowId;
}
