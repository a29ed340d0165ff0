// What the kernel is measured on: a server of its own with our settings, the product's worker as a process, a scripted model.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { startModel, type ScriptedModel } from '../../devkit/model/model.ts';
import { temporalExecutable } from '../../devkit/temporal/executable.ts';
import { startServer, type Server } from '../../devkit/temporal/server.ts';
import { putSpec } from '../../src/activities/session/spec.ts';
import { GENERAL_QUEUE } from '../../src/contracts/queues.ts';
import type { SessionEnd } from '../../src/contracts/session.ts';
import { TIMEOUTS } from '../../src/contracts/timeouts.ts';
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
  /** Starts a worker process; resolves when the server has seen it poll. */
  startWorker(): Promise<ChildProcess>;
  startServer(): Promise<void>;
  startSession(id: string, wish: { turns: number; resultBytes: number; thinkMs?: number }): Promise<WorkflowHandleWithFirstExecutionRunId>;
  end(): Promise<void>;
}

export const SYSTEM = 'You are an agent.';
/** What the scripted model reads from its prompt: how many turns to take, and how long to think, in ms. */
export const promptFor = (turns: number, thinkMs: number): string => `turns=${turns} think=${thinkMs}`;

export async function createSetting(): Promise<Setting> {
  const data = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
  const { path } = await temporalExecutable({ env: process.env, progress: (line) => void process.stderr.write(`${line}\n`) });
  const model = await startModel(async ({ turn, messages }) => {
    const [, turns = '1', think = '0'] = /turns=(\d+) think=(\d+)/.exec(messages.find(({ role }) => role === 'user')?.text ?? '') ?? [];
    if (Number(think) > 0) await sleep(Number(think));
    return turn < Number(turns) ? { call: [{ tool: 'read', input: { path: 'result.txt' } }] } : { say: 'Done.' };
  });
  const store = await openStore({ path: join(data, 'store.db'), migrate: true });
  const database = join(data, 'temporal.db');
  const server = await startServer({ executable: path, database });
  const port = Number(server.address.split(':')[1]);
  const workers: ChildProcess[] = [];
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
    async startWorker() {
      const { PATH = '', HOME = '' } = process.env;
      const child = spawn(process.execPath, ['src/workers/main.ts'], {
        cwd: ROOT,
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { PATH, HOME, ...workerEnvironment(setting) },
      });
      workers.push(child);
      await polls(setting.client, child);
      return child;
    },
    async startSession(id, { turns, resultBytes, thinkMs = 0 }) {
      const worktree = join(data, 'worktrees', id);
      await mkdir(worktree, { recursive: true });
      await writeFile(join(worktree, 'result.txt'), 'x'.repeat(resultBytes));
      const limits = { turns: 100_000, minutes: 1_000, tokens: 1e12, stallSeconds: 120, repeats: 1e9 };
      const spec = {
        model: { provider: 'anthropic' as const, id: 'scripted' },
        system: SYSTEM,
        prompt: promptFor(turns, thinkMs),
        worktree,
        limits,
      };
      return setting.client.workflow.start<(input: object) => Promise<SessionEnd>>('session', {
        workflowId: `session/${id}`,
        taskQueue: GENERAL_QUEUE,
        workflowTaskTimeout: TIMEOUTS.workflowTask,
        args: [{ spec: await putSpec(store, spec), host: HOST, turn: 1, paused: false }],
      });
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
