// What the kernel is measured on: a server of its own with our settings, the product's worker as a process, a scripted model.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, Connection, type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { startModel, type ScriptedModel } from '../../devkit/model/model.ts';
import { temporalExecutable } from '../../devkit/temporal/executable.ts';
import { startServer, type Server } from '../../devkit/temporal/server.ts';
import { putSpec } from '../../src/activities/session/spec.ts';
import { GENERAL_QUEUE } from '../../src/contracts/queues.ts';
import { DEFAULT_SESSION_LIMITS, type SessionEnd } from '../../src/contracts/session.ts';
import { TIMEOUTS } from '../../src/contracts/timeouts.ts';
import type { GitHost } from '../../src/git/command.ts';
import { fetchMirror, remoteBranch } from '../../src/git/mirror.ts';
import { createWorktree } from '../../src/git/worktree.ts';
import { chooseSandbox } from '../../src/sandbox/probe.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';

const ROOT = resolve(import.meta.dirname, '../..');
export const HOST = 'bench';

export interface Setting {
  readonly data: string;
  readonly store: Store;
  readonly model: ScriptedModel;
  server: Server;
  client: Client;
  /** Starts a worker process. */
  spawnWorker(): ChildProcess;
  /** Starts a worker process; resolves when the server has seen it poll. */
  startWorker(): Promise<ChildProcess>;
  startServer(): Promise<void>;
  /** Starts a session in a git worktree of its own; each of its turns reads one file. */
  startSession(id: string, wish: Wish): Promise<Started>;
  end(): Promise<void>;
}

export interface Wish {
  readonly turns: number;
  readonly resultBytes: number;
  readonly thinkMs?: number;
}

export interface Started {
  readonly handle: WorkflowHandleWithFirstExecutionRunId;
  /** Where its files are, as its specification names it. */
  readonly worktree: string;
  /** When the workflow was asked for, as `performance.now()` has it. */
  readonly began: number;
}

export const SYSTEM = 'You are an agent.';
/** What each turn reads. */
export const FILE = 'result.txt';
/** What the scripted model reads from its prompt: how many turns to take, and how long to think, in ms. */
export const promptFor = (turns: number, thinkMs: number): string => `turns=${turns} think=${thinkMs}`;

export async function createSetting(): Promise<Setting> {
  const data = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
  const { path } = await temporalExecutable({ env: process.env, progress: (line) => void process.stderr.write(`${line}\n`) });
  const model = await startModel(
    async ({ turn, messages }) => {
      const [, turns = '1', think = '0'] = /turns=(\d+) think=(\d+)/.exec(messages.find(({ role }) => role === 'user')?.text ?? '') ?? [];
      if (Number(think) > 0) await sleep(Number(think));
      // Never the same call twice, as with models that get somewhere.
      return turn < Number(turns) ? { call: [{ tool: 'read', input: { path: FILE, limit: 1_000 + (turn % 1_000) } }] } : { say: 'Done.' };
    },
    { keepRequests: false },
  );
  const store = await openStore({ path: join(data, 'store.db'), migrate: true });
  const database = join(data, 'temporal.db');
  const server = await startServer({ executable: path, database });
  const port = Number(server.address.split(':')[1]);
  const workers: ChildProcess[] = [];
  const sandbox = await chooseSandbox({ unsandboxed: false });
  if (!sandbox.ok) throw new Error(sandbox.problem);
  const git: GitHost = { root: join(data, 'git'), sandbox: sandbox.sandbox };
  const origin = await makeRepository(data);
  const { mirror } = await fetchMirror(git, { url: origin });
  const base = (await remoteBranch(git, { url: origin }, 'main')) ?? '';
  const connect = async (): Promise<Client> => new Client({ connection: await Connection.connect({ address: `127.0.0.1:${port}` }) });

  const setting: Setting = {
    data,
    store,
    model,
    server,
    client: await connect(),
    async startServer() {
      setting.server = await startServer({ executable: path, database, port });
      setting.client = await connect();
    },
    spawnWorker() {
      const { PATH = '', HOME = '' } = process.env;
      const child = spawn(process.execPath, ['src/workers/main.ts'], {
        cwd: ROOT,
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { PATH, HOME, ...workerEnvironment(setting) },
      });
      workers.push(child);
      return child;
    },
    async startWorker() {
      const child = setting.spawnWorker();
      await polls(setting.client, child);
      return child;
    },
    async startSession(id, { turns, resultBytes, thinkMs = 0 }) {
      const { directory: worktree } = await createWorktree(git, { id: `session/${id}`, mirror, base, branch: 'work' });
      // In lines, because `read` shortens long ones.
      await writeFile(join(worktree, FILE), `${'x'.repeat(99)}\n`.repeat(resultBytes / 100));
      const limits = { ...DEFAULT_SESSION_LIMITS, turns: 100_000, minutes: 1_000, tokens: 1e12, usd: 1e9, repeats: 1e9 };
      const spec = {
        model: { provider: 'anthropic' as const, id: 'scripted' },
        system: SYSTEM,
        prompt: promptFor(turns, thinkMs),
        worktree,
        output: null,
        tools: 'all' as const,
        phase: 'code' as const,
        limits,
      };
      const specDigest = await putSpec(store, spec);
      const began = performance.now();
      const handle = await setting.client.workflow.start<(input: object) => Promise<SessionEnd>>('session', {
        workflowId: `session/${id}`,
        taskQueue: GENERAL_QUEUE,
        workflowTaskTimeout: TIMEOUTS.workflowTask,
        args: [{ spec: specDigest, host: HOST, turn: 1, paused: false }],
      });
      return { handle, worktree, began };
    },
    async end() {
      for (const worker of workers) worker.kill('SIGKILL');
      await setting.client.connection.close();
      await setting.server.stop();
      await store.close();
      await model.stop();
      await rm(data, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return setting;
}

async function makeRepository(data: string): Promise<string> {
  const origin = join(data, 'origin');
  const git = (...args: string[]) =>
    promisify(execFile)('git', ['-C', data, '-c', 'user.name=Bench', '-c', 'user.email=bench@localhost', ...args]);
  await git('init', '--quiet', '--initial-branch=main', origin);
  await writeFile(join(origin, 'README.md'), 'A repository.\n');
  await git('-C', origin, 'add', '--all');
  await git('-C', origin, 'commit', '--quiet', '--message=Begin');
  return origin;
}

export const workerEnvironment = ({ data, server, model }: Pick<Setting, 'data' | 'server' | 'model'>): Record<string, string> => ({
  SIGNALBOX_DATA: data,
  SIGNALBOX_HOST: HOST,
  SIGNALBOX_LOG_LEVEL: 'error',
  TEMPORAL_ADDRESS: server.address,
  ANTHROPIC_BASE_URL: model.url,
  ANTHROPIC_API_KEY: 'scripted',
});

async function polls(client: Client, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the worker ended with ${child.exitCode}`);
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: 'default',
      taskQueue: { name: GENERAL_QUEUE },
      taskQueueType: 1,
    });
    if (pollers.some(({ identity }) => identity?.startsWith(`${child.pid}@`))) return;
    await sleep(50);
  }
}
