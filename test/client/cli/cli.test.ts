// The command line as a person and a script use it: real processes, a real server, a session with a scripted model.
import { statSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { Client, Connection } from '@temporalio/client';
import { freePort } from '../../../devkit/temporal/free-port.ts';
import { startModel, type Step, type ScriptedModel } from '../../../devkit/model/model.ts';
import { putSpec } from '../../../src/activities/session/spec.ts';
import { GENERAL_QUEUE } from '../../../src/contracts/queues.ts';
import { DEFAULT_SESSION_LIMITS } from '../../../src/contracts/session.ts';
import { LOG_BYTES } from '../../../src/log/rotate.ts';
import { openStore } from '../../../src/store/open.ts';
import { executable, FIRST_RUN_MS } from '../../support/temporal.ts';
import { until } from '../../support/until.ts';

const BIN = resolve(import.meta.dirname, '../../../bin/signalbox');
let folder: string;
/** Of its gateway: other test files have one at the same time. */
let port: number;
let model: ScriptedModel;
/** As it is since it has come up. */
let installation: Up;
/** What the model answers next, once the test says so. */
let answers: (Step | Promise<Step>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-cli-'));
  port = await freePort();
  model = await startModel(() => answers.shift() ?? { say: 'Done.' });
  await executable(); // may have to be built, once a machine
}, FIRST_RUN_MS);
afterAll(async () => {
  await signalbox('down');
  await model.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const signalbox = (...args: string[]) => withEnvironment({}, ...args);

async function withEnvironment(
  more: Record<string, string>,
  ...args: string[]
): Promise<{ code: number | undefined; out: string; err: string }> {
  const env = { ...environment(), ...more };
  const { exitCode, stdout, stderr } = await execa(BIN, args, { cwd: folder, env, extendEnv: false, reject: false });
  return { code: exitCode, out: stdout, err: stderr };
}

const environment = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
  ANTHROPIC_BASE_URL: model.url,
  ANTHROPIC_API_KEY: 'scripted',
  SIGNALBOX_HOST: 'here',
  SIGNALBOX_LOG_LEVEL: 'error',
  SIGNALBOX_GATEWAY_PORT: String(port),
});

async function json<Answer>(...args: string[]): Promise<Answer> {
  const { code, out, err } = await signalbox(...args, '--json');
  if (code !== 0) throw new Error(err);
  return JSON.parse(out) as Answer;
}

interface Up {
  temporal: { address: string; ui: string; log: string };
  worker: { pid: number; log: string };
  gateway: { pid: number; address: string; webhooks: boolean };
  data: string;
}

describe('without an installation', () => {
  it('says what to do, with an exit code for scripts', async () => {
    expect(await signalbox('list')).toMatchObject({ code: 3, err: expect.stringContaining('signalbox up') });
    expect(JSON.parse((await signalbox('list', '--json')).err)).toMatchObject({ code: 3 });
    expect(JSON.parse((await signalbox('list', '--json', '--bogus')).err)).toEqual({ error: "unknown option '--bogus'", code: 1 });
    expect(await signalbox('lits')).toMatchObject({ code: 1, err: expect.stringContaining('list') });
  });
});

describe('a worker and a gateway', () => {
  it('leave the schema of the store to "up", and say so in their log before they end', async () => {
    const env = { SIGNALBOX_DATA: join(folder, 'never-up'), TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const ends = ['workers/main.ts', 'client/gateway/main.ts'].map(async (program) => {
      const path = join(import.meta.dirname, '../../../src', program);
      const { exitCode, stderr } = await execa(process.execPath, [path], { env, extendEnv: false, reject: false });
      return { exitCode, said: JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') as unknown };
    });
    const said = { level: 60, msg: expect.stringContaining('signalbox up'), err: { stack: expect.any(String) } };
    for (const end of await Promise.all(ends)) expect(end).toMatchObject({ exitCode: 1, said });
  }, 60_000);
});

describe('an installation', () => {
  it('comes up, is left alone when it is up, and comes back after kill -9 of its worker or its server', async () => {
    const first = await json<Up>('up');
    expect(await json<Up>('up')).toEqual(first);
    expect(await readFile(join(first.data, '.gitignore'), 'utf8')).toBe('*\n');
    expect(await signalbox('show', '')).toMatchObject({ code: 1, err: expect.stringMatching(/^signalbox: Name a task.*$/) });
    expect(await json('status')).toMatchObject({ worker: { pid: first.worker.pid }, running: [], trouble: null });

    process.kill(first.worker.pid, 'SIGKILL');
    for (const { log } of [first.temporal, first.worker]) await truncate(log, LOG_BYTES);
    const second = await json<Up>('up');
    for (const { log } of [first.temporal, first.worker])
      await until(`${log} is short again`, () => statSync(`${log}.1`).size === LOG_BYTES && statSync(log).size < 100_000);
    expect(second.temporal).toEqual(first.temporal);
    expect(second.worker.pid).not.toBe(first.worker.pid);

    expect(second.gateway).toEqual(first.gateway);
    expect(first.gateway).toMatchObject({ address: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), webhooks: false });
    process.kill(first.gateway.pid, 'SIGKILL');
    expect(await json('status')).toMatchObject({ gateway: null });
    const back = await json<Up>('up');
    expect(back.worker).toEqual(second.worker);
    expect(back.gateway).toMatchObject({ address: first.gateway.address });
    expect(back.gateway.pid).not.toBe(first.gateway.pid);

    // What runs and does not answer is told of soon, and left as it is.
    process.kill(back.gateway.pid, 'SIGSTOP');
    const asked = Date.now();
    expect(await signalbox('up')).toMatchObject({ code: 3, err: expect.stringContaining('The gateway runs and does not answer') });
    expect(Date.now() - asked).toBeLessThan(20_000);
    process.kill(back.gateway.pid, 'SIGCONT');

    const server = JSON.parse(await readFile(join(first.data, 'run', 'temporal.json'), 'utf8')) as { pid: number };
    process.kill(server.pid, 'SIGKILL');
    const third = await json<Up>('up');
    expect(third.worker.pid).toBe(second.worker.pid);
    installation = third;
  }, 120_000);

  it('comes up with identities that can not be used, and says of each what is wrong and what to do', async () => {
    await writeFile(
      join(folder, 'identities.yaml'),
      `identities:
  - { name: late, token: $LATE_TOKEN }
  - { name: expired, token: $EXPIRED_TOKEN }
  - { name: sealed, token: $GOOD_TOKEN, signingKey: nowhere }
  - { name: sound, token: $GOOD_TOKEN }
`,
    );
    const forge = createServer(({ headers }, response) => {
      const isGood = headers.authorization?.includes('a-token-that-is-good') === true;
      response.writeHead(isGood ? 200 : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isGood ? { login: 'robot' } : { message: 'Bad credentials' }));
    });
    await new Promise<void>((listens) => forge.listen(0, '127.0.0.1', listens));
    const url = `http://127.0.0.1:${(forge.address() as AddressInfo).port}`;
    try {
      const { code, err } = await withEnvironment(
        {
          SIGNALBOX_IDENTITIES: join(folder, 'identities.yaml'),
          GITHUB_API_URL: url,
          GOOD_TOKEN: 'a-token-that-is-good',
          EXPIRED_TOKEN: 'a-token-that-has-expired',
        },
        'up',
      );
      const again = 'then "signalbox down" and "signalbox up".';
      expect({ code, said: err.split('\n').filter((line) => /identity|commits of/.test(line)) }).toEqual({
        code: 0,
        said: [
          `identity late: $LATE_TOKEN is not set. What is begun as late waits for it. Set $LATE_TOKEN, ${again}`,
          `identity expired: ${url} does not accept $EXPIRED_TOKEN: it is wrong or has expired. What is begun as expired waits for it. Set a valid $EXPIRED_TOKEN, ${again}`,
          expect.stringMatching(
            /^commits of sealed: commits can't be signed with \S+nowhere: .*\. What is begun as sealed waits for it\. Mend or take out its signingKey \(SIGNALBOX_IDENTITIES\)\.$/,
          ),
        ],
      });
    } finally {
      forge.close();
    }
  }, 60_000);

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
    expect(await json('tell', '--all', '--expires', '60', 'Lunch', 'at', 'noon.')).toEqual({ to: id, state: 'posted' });
    expect((await signalbox('tell', '--workspace', 'elsewhere', 'Hello.')).out).toContain('Nothing runs');
    expect(await signalbox('tell', 'cli-session')).toMatchObject({ code: 1, err: expect.stringContaining('What shall be said?') });
    expect(await json('show', 'cli-session')).toMatchObject({
      work: { id, state: 'running' },
      mail: [{ body: { text: 'Mind the gap.' } }, { body: { text: 'Lunch at noon.' } }],
    });
    thinking.resolve({ call: [{ tool: 'bash', input: { command: 'true' } }] });
    await until('the model has seen it', () => JSON.stringify(model.requests()[1]?.messages).includes('Mind the gap.'));
    expect(await json('show', 'cli-session')).toMatchObject({ cost: { turns: 2, tokens: 200, unpriced: ['anthropic/scripted'] } });
    expect((await signalbox('show', 'cli-session')).out).toContain('2 turns, 200 tokens, $0.00 and what anthropic/scripted costs');
    expect((await signalbox('logs', 'cli-session')).out).toMatch(
      /mail\.posted +steer from [^]*turn +turn\/1: wants bash \(\d+ tokens\)[^]*tool\.ended +turn 1: bash true: skipped[^]*mail\.acted +steer from [^]*turn\/2/,
    );

    expect(await json('kill', 'cli-session', '--reason', 'enough')).toEqual({ id, outcome: 'cancelled' });
    expect((await signalbox('tell', 'cli-session', 'hello')).err).toContain('Not delivered');
    expect((await signalbox('list', '--all')).out).toMatch(/cli-session +session +killed/);
    expect(await signalbox('show', 'no-such-session')).toMatchObject({ code: 4 });
  }, 120_000);

  it('shows what people are asked, and takes the first answer that fits, by whom', async () => {
    answers = [new Promise<Step>(() => undefined)];
    const id = await startSession('asking');
    const store = await openStore({ path: join(installation.data, 'store.db') });
    const item = {
      id: 'approve/mr/7/c0ffee77',
      askedBy: id,
      question: 'Merge #7?',
      accepts: ['approve', 'reject'],
      about: 'c0ffee77',
    } as const;
    await store.outbox.ask(item);
    await store.outbox.ask({ id: 'notice/shipped', askedBy: 'task/gone', question: 'Shipped.', accepts: [] });
    const watch = execa(BIN, ['outbox', 'watch', '--json'], { cwd: folder, env: environment(), extendEnv: false, reject: false });
    const seen: string[] = [];
    watch.stdout.on('data', (text: Buffer) => seen.push(text.toString()));
    await until('the watch shows what waits', () => seen.join('').includes('notice/shipped'));

    expect((await signalbox('status')).out).toMatch(/approve\/mr\/7\/c0ffee77 +Merge #7\? +approve, reject/);
    expect((await signalbox('show', 'asking')).out).toContain('Merge #7?');
    expect(await signalbox('answer', 'asking', 'yes')).toMatchObject({ code: 1, err: expect.stringContaining('takes approve or reject') });
    expect(await signalbox('approve', 'asking', '--head', 'deadbeef')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/about c0ffee77.*deadbeef.*Waiting now/s),
    });
    expect(await signalbox('approve', 'nothing-here')).toMatchObject({ code: 4, err: expect.stringContaining('approve/mr/7/c0ffee77') });
    expect(await json('approve', 'asking', 'Good', 'work.', '--head', 'c0ffee7')).toMatchObject({
      id: item.id,
      answer: { verdict: 'approve' },
    });
    expect(await signalbox('reject', item.id)).toMatchObject({ code: 1, err: expect.stringMatching(/answered already: approve by \S+/) });

    expect(await store.mail.take({ address: id })).toMatchObject([{ kind: 'approve', about: item.id, body: { text: 'Good work.' } }]);
    const { client, close } = await clientHere();
    const { events } = await client.workflow.getHandle(id).fetchHistory();
    expect(events?.some((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'look')).toBe(true);
    await close();

    expect((await signalbox('outbox')).out).toMatch(/notice\/shipped +Shipped\. +ack/);
    expect(await json('outbox', 'ack', 'notice/')).toMatchObject({ seenBy: expect.any(String) });
    expect((await signalbox('outbox', 'list')).out).toBe('Nothing waits.');
    await until('the watch has told the rest', () => /"answered"[^]*"seen"/.test(seen.join('')));
    watch.kill('SIGKILL');
    await store.close();
    await signalbox('kill', 'asking');
  }, 120_000);

  it('goes down in good order, and says so', async () => {
    expect(await json('down')).toEqual({ gateway: 'stopped', worker: 'stopped', temporal: 'stopped' });
    expect(await json('down')).toEqual({ gateway: 'not running', worker: 'not running', temporal: 'not running' });
    expect(await json('status')).toMatchObject({ trouble: expect.stringContaining('signalbox up') });
  }, 120_000);
});

/** There is no command for a bare session: tasks start theirs. */
async function startSession(name = 'cli-session'): Promise<string> {
  const { data } = installation;
  const worktree = join(data, 'worktrees', name);
  await mkdir(worktree, { recursive: true });
  const store = await openStore({ path: join(data, 'store.db') });
  const limits = { ...DEFAULT_SESSION_LIMITS, turns: 50, minutes: 60, tokens: 1_000_000, usd: 100 };
  const spec = await putSpec(store, {
    model: { provider: 'anthropic', id: 'scripted' },
    system: 'You are an agent.',
    prompt: 'Do it.',
    worktree,
    output: null,
    tools: 'all',
    phase: 'code',
    limits,
  });
  const { client, close } = await clientHere();
  const handle = await client.workflow.start('session', {
    workflowId: `session/${name}`,
    taskQueue: GENERAL_QUEUE,
    args: [{ spec, host: 'here', turn: 1, paused: false }],
  });
  await store.close();
  await close();
  return handle.workflowId;
}

async function clientHere(): Promise<{ client: Client; close: () => Promise<void> }> {
  const connection = await Connection.connect({ address: installation.temporal.address });
  return { client: new Client({ connection }), close: () => connection.close() };
}
