// A whole Signalbox on this machine for one test file: its own data, a namespace of the run's server (or a server of its own), and
// worker processes that can be killed.
import { execFile, fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Connection, type Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { putSpec } from '../../src/activities/session/spec.ts';
import { readConfig } from '../../src/config/config.ts';
import { redactorFor } from '../../src/config/secrets.ts';
import { temporalClient } from '../../src/config/temporal-client.ts';
import { GENERAL_QUEUE } from '../../src/contracts/queues.ts';
import { searchAttributes } from '../../src/contracts/search-attributes.ts';
import { DEFAULT_SESSION_LIMITS, type SessionSpec } from '../../src/contracts/session.ts';
import { TIMEOUTS } from '../../src/contracts/timeouts.ts';
import type { GitHost } from '../../src/git/command.ts';
import { fetchMirror, remoteBranch } from '../../src/git/mirror.ts';
import { createWorktree } from '../../src/git/worktree.ts';
import { chooseSandbox } from '../../src/sandbox/probe.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { session } from '../../src/workflows/session.ts';
import { launch } from './launch.ts';
import { sharedServer, workflowBundle } from './temporal.ts';

export interface Installation {
  readonly data: string;
  readonly host: string;
  readonly client: Client;
  /** Of the Temporal server. */
  readonly address: string;
  readonly store: Store;
  /** Starts a worker process; resolves when it polls. @param program another version of `worker.ts` */
  startWorker(env?: Record<string, string>, program?: string): Promise<WorkerProcess>;
  /** Those that run and are ready. */
  workers(): readonly WorkerProcess[];
  /** Starts a session in a new worktree of a small repository. */
  startSession(id: string, spec: Partial<SessionSpec>, workspace?: string): ReturnType<typeof startSession>;
  /** Path of a file in the worktree of this id. */
  file(worktree: string, path: string): string;
  /** How git is run on this host. */
  readonly git: GitHost;
  /** Points of activities that were passed, in order. */
  points(): Promise<{ readonly at: number; readonly point: string }[]>;
  /** For calls of the client that nobody waits for, and that may fail: the end does, since one that is tried again then would end the process. */
  inBackground(call: Promise<unknown>): void;
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
  /** Further settings of the workers. */
  readonly env?: Readonly<Record<string, string>>;
  /** A server of one's own; the run's shared one otherwise. */
  readonly server?: { readonly address: string; readonly namespace: string };
}

export async function install({ modelUrl, server, env: settings = {} }: InstallationOptions): Promise<Installation> {
  const { address, namespace } = server ?? (await sharedServer());
  const data = await mkdtemp(join(tmpdir(), 'signalbox-test-'));
  const environment = {
    SIGNALBOX_DATA: data,
    SIGNALBOX_HOST: 'here',
    // A request's owner ends with its request; what becomes of merges has a test of its own.
    SIGNALBOX_TRACK_DAYS: '0',
    // Most forges of tests are undelayed; one that lags has a test of its own (lagging-forge.test.ts).
    SIGNALBOX_FORGE_LAG_SECONDS: '0',
    SIGNALBOX_LOG_LEVEL: process.env['TEST_LOG_LEVEL'] === 'warn' ? 'warn' : 'error',
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: 'scripted',
    OPENAI_BASE_URL: modelUrl,
    OPENAI_API_KEY: 'scripted',
    ...settings,
  };
  const store = await openStore({ path: join(data, 'store.db'), migrate: true, redact: redactorFor(readConfig(environment)) });
  const connection = await Connection.connect({ address });
  const client = temporalClient(connection, namespace);
  const workers = new Set<WorkerProcess>();
  const background = new Set<Promise<unknown>>();
  const host = environment.SIGNALBOX_HOST;
  const sandbox = await chooseSandbox({ unsandboxed: false });
  if (!sandbox.ok) throw new Error(sandbox.problem);
  const git: GitHost = { root: join(data, 'git'), sandbox: { ...sandbox.sandbox, launch } };
  const origin = join(data, 'origin.git');
  await makeRepository(data, origin);

  return {
    data,
    git,
    file: (worktree, path) => join(git.root, 'worktrees', encodeURIComponent(worktree), 'files', path),
    host,
    client,
    address,
    store,
    async startWorker(env = {}, program = WORKER) {
      const worker = await startWorker(program, { ...environment, ...env });
      workers.add(worker);
      void worker.gone.then(() => workers.delete(worker));
      return worker;
    },
    workers: () => [...workers],
    startSession: (id, spec, workspace) => startSession({ git, host, store, client }, origin, id, spec, workspace),
    async points() {
      const lines = await readFile(join(data, 'points'), 'utf8').catch(() => '');
      return lines.split('\n').flatMap((line) => {
        const [, at, point] = /^(\d+) (.*)$/.exec(line) ?? [];
        return point === undefined ? [] : [{ at: Number(at), point }];
      });
    },
    inBackground(call) {
      const settled: Promise<unknown> = Promise.allSettled([call]).then(() => background.delete(settled));
      background.add(settled);
    },
    async end() {
      await recordHistories(client);
      await Promise.all(background);
      await Promise.all([...workers].map((worker) => worker.kill()));
      await connection.close();
      await store.close();
      await rm(data, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

async function startWorker(program: string, env: Record<string, string>): Promise<WorkerProcess> {
  const { PATH = '', HOME = '' } = process.env;
  const bundle = await workflowBundle();
  const child = fork(program, {
    env: { PATH, HOME, TEST_BUNDLE: bundle, NODE_COMPILE_CACHE: join(dirname(bundle), 'compiled'), ...env },
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
  { git, host, store, client }: Pick<Installation, 'git' | 'host' | 'store' | 'client'>,
  origin: string,
  id: string,
  spec: Partial<SessionSpec>,
  workspace = 'test',
) {
  const { mirror } = await fetchMirror(git, { url: origin });
  const base = await remoteBranch(git, { url: origin }, 'main');
  const { directory } = await createWorktree(git, { id, mirror, base: base ?? '', branch: 'work' });
  const whole: SessionSpec = {
    model: { provider: 'anthropic', id: 'claude-scripted' },
    system: 'You are an agent.',
    prompt: 'Do it.',
    worktree: directory,
    output: null,
    tools: 'all',
    phase: 'code',
    ...spec,
    limits: { ...DEFAULT_SESSION_LIMITS, ...spec.limits },
  };
  return client.workflow.start<typeof session>('session', {
    workflowId: id,
    taskQueue: GENERAL_QUEUE,
    workflowTaskTimeout: TIMEOUTS.workflowTask,
    typedSearchAttributes: [{ key: searchAttributes.workspace, value: workspace }],
    args: [{ spec: await putSpec(store, whole), host, turn: 1, paused: false }],
  });
}

async function makeRepository(data: string, origin: string): Promise<void> {
  const work = join(data, 'origin');
  const run = (...args: string[]) => promisify(execFile)('git', ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', ...args]);
  await run('init', '--quiet', '--initial-branch=main', work);
  await writeFile(join(work, 'README.md'), 'A repository.\n');
  await run('-C', work, 'add', '--all');
  await run('-C', work, 'commit', '--quiet', '--message=Begin');
  await run('clone', '--quiet', '--bare', work, origin);
}

/**
 * For new files in test/replay/histories: `RECORD_HISTORIES=directory npm test -- test/workflows/task.test.ts`. Every run, also those that go
 * on (a lane, a poll).
 */
export async function recordHistories(client: Client): Promise<void> {
  const directory = process.env['RECORD_HISTORIES'];
  if (directory === undefined) return;
  for await (const { workflowId, runId } of client.workflow.list()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    await writeFile(join(directory, `${workflowId.replaceAll('/', '-')}.${runId.slice(-4)}.json`), historyToJSON(history));
  }
}
