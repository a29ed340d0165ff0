// A whole Signalbox on this machine for one test file: its own data, a namespace of the run's server (or a server of its own), and
// worker processes that can be killed.
import { fork, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { putSpec } from '../../src/activities/session/spec.ts';
import { GENERAL_QUEUE } from '../../src/contracts/queues.ts';
import type { SessionSpec } from '../../src/contracts/session.ts';
import { TIMEOUTS } from '../../src/contracts/timeouts.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { session } from '../../src/workflows/session.ts';
import { sharedServer, workflowBundle } from './temporal.ts';

export interface Installation {
  readonly data: string;
  readonly host: string;
  readonly client: Client;
  readonly store: Store;
  /** Starts a worker process; resolves when it polls. */
  startWorker(env?: Record<string, string>): Promise<WorkerProcess>;
  /** Those that run and are ready. */
  workers(): readonly WorkerProcess[];
  startSession(id: string, spec: Partial<SessionSpec>): ReturnType<typeof startSession>;
  /** Points of activities that were passed, in order. */
  points(): Promise<{ readonly at: number; readonly point: string }[]>;
  end(): Promise<void>;
}

export interface WorkerProcess {
  readonly process: ChildProcess;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  readonly gone: Promise<void>;
}

export interface InstallationOptions {
  /** Root of the scripted model. */
  readonly modelUrl: string;
  /** A server of one's own; the run's shared one otherwise. */
  readonly server?: { readonly address: string; readonly namespace: string };
}

export async function install({ modelUrl, server }: InstallationOptions): Promise<Installation> {
  const { address, namespace } = server ?? (await sharedServer());
  const data = await mkdtemp(join(tmpdir(), 'signalbox-test-'));
  const store = await openStore({ path: join(data, 'store.db'), migrate: true });
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const workers = new Set<WorkerProcess>();
  const host = 'here';

  return {
    data,
    host,
    client,
    store,
    async startWorker(env = {}) {
      const worker = await startWorker({
        SIGNALBOX_DATA: data,
        SIGNALBOX_HOST: host,
        SIGNALBOX_LOG_LEVEL: 'error',
        TEMPORAL_ADDRESS: address,
        TEMPORAL_NAMESPACE: namespace,
        ANTHROPIC_BASE_URL: modelUrl,
        ANTHROPIC_API_KEY: 'scripted',
        OPENAI_BASE_URL: modelUrl,
        OPENAI_API_KEY: 'scripted',
        ...env,
      });
      workers.add(worker);
      void worker.gone.then(() => workers.delete(worker));
      return worker;
    },
    workers: () => [...workers],
    startSession: (id, spec) => startSession({ data, host, store, client }, id, spec),
    async points() {
      const lines = await readFile(join(data, 'points'), 'utf8').catch(() => '');
      return lines.split('\n').flatMap((line) => {
        const [, at, point] = /^(\d+) (.*)$/.exec(line) ?? [];
        return point === undefined ? [] : [{ at: Number(at), point }];
      });
    },
    async end() {
      await Promise.all([...workers].map((worker) => worker.kill()));
      await connection.close();
      await store.close();
      await rm(data, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function startWorker(env: Record<string, string>): Promise<WorkerProcess> {
  const program = fileURLToPath(new URL('./worker.ts', import.meta.url));
  const { PATH = '', HOME = '' } = process.env;
  const child = fork(program, {
    env: { PATH, HOME, TEST_BUNDLE: await workflowBundle(), ...env },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code, signal) => reject(new Error(`the worker ended with ${code ?? signal} before it was ready`)));
  });
  return {
    process: child,
    gone,
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await gone;
    },
  };
}

async function startSession(
  { data, host, store, client }: Pick<Installation, 'data' | 'host' | 'store' | 'client'>,
  id: string,
  spec: Partial<SessionSpec>,
) {
  const worktree = join(data, 'worktrees', id);
  await mkdir(worktree, { recursive: true });
  await writeFile(join(worktree, 'README.md'), 'A worktree.\n');
  const limits = { turns: 50, minutes: 60, tokens: 1_000_000, stallSeconds: 120, repeats: 3 };
  const whole: SessionSpec = {
    model: { provider: 'anthropic', id: 'claude-scripted' },
    system: 'You are an agent.',
    prompt: 'Do it.',
    worktree,
    ...spec,
    limits: { ...limits, ...spec.limits },
  };
  return client.workflow.start<typeof session>('session', {
    workflowId: id,
    taskQueue: GENERAL_QUEUE,
    workflowTaskTimeout: TIMEOUTS.workflowTask,
    args: [{ spec: await putSpec(store, whole), host, turn: 1, paused: false }],
  });
}
