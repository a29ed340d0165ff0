// One worker process: opens what the activities need, starts the workers, and ends in good order when told to.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import {
  NativeConnection,
  Runtime,
  TransportError,
  type ActivityInterceptorsFactory,
  type NativeConnectionOptions,
} from '@temporalio/worker';
import { createOnce } from '../activities/effects/once.ts';
import { createSweep } from '../activities/effects/sweep.ts';
import { createForge } from '../activities/forge/client.ts';
import { createProviders } from '../activities/model/providers.ts';
import { createModelActivities } from '../activities/model/take-turn.ts';
import { createSessionActivities } from '../activities/session/index.ts';
import { createTaskHostActivities } from '../activities/task/host.ts';
import { sweptEffects } from '../activities/task/forge-effects.ts';
import { createTaskActivities } from '../activities/task/index.ts';
import { bash } from '../activities/tools/bash.ts';
import { createFileTools } from '../activities/tools/files/index.ts';
import { createToolActivities } from '../activities/tools/index.ts';
import { toolSet } from '../activities/tools/tool-set.ts';
import type { Config } from '../config/config.ts';
import { installationKey } from '../config/installation-key.ts';
import { DEFAULT_SESSION_LIMITS } from '../contracts/session.ts';
import { confinementOf } from '../git/worktree.ts';
import { createJobs } from '../jobs/jobs.ts';
import type { GitHost } from '../git/command.ts';
import { DEFAULT_LIMITS } from '../sandbox/confinement.ts';
import { chooseSandbox } from '../sandbox/probe.ts';
import { openStore } from '../store/open.ts';
import { runs } from './reaping.ts';
import { keepDoing } from './rounds.ts';
import { startWorkers } from './workers.ts';

const SERVER_AWAY_MS = 500;
const REAP_EVERY_MS = 60_000;
/** Longer than an answer of the forge can be late: its deadline, and some. */
const SWEEP_AFTER_MS = 60_000;

export interface RunOptions {
  readonly config: Config;
  /** Code of the workflow bundle. */
  readonly bundle: string;
  readonly interceptors?: readonly ActivityInterceptorsFactory[];
  /** How long a marked effect has to be quiet before its doubles are taken away, in milliseconds. Default: a minute. */
  readonly sweepAfterMs?: number;
}

export interface RunningWorkers {
  /** Resolves when everything has ended after `stop`; rejects when a worker fails. */
  readonly ended: Promise<void>;
  readonly stop: () => void;
}

/** @throws Error when the sandbox, the store or the server can't be had, saying what to do */
export async function runWorkers({
  config,
  bundle,
  interceptors = [],
  sweepAfterMs = SWEEP_AFTER_MS,
}: RunOptions): Promise<RunningWorkers> {
  const sandbox = await chooseSandbox({ unsandboxed: config.unsandboxed });
  if (!sandbox.ok) throw new Error(sandbox.problem);
  await mkdir(config.data, { recursive: true });
  const store = await openStore({ path: join(config.data, 'store.db'), migrate: true });
  const jobs = createJobs({ root: join(config.data, 'jobs'), sandbox: sandbox.sandbox });
  const git: GitHost = { root: join(config.data, 'git'), sandbox: sandbox.sandbox };
  const fileTools = createFileTools(git);
  const namespace = config.temporal.namespace ?? 'default';
  const connection = await connect(config.temporal.connectionOptions);

  const key = await installationKey(config.data);
  const once = createOnce({ store, installationKey: key });
  const forge = createForge(config.github);

  const workers = await startWorkers({
    connection,
    namespace,
    host: config.host,
    bundle,
    interceptors,
    activities: {
      general: {
        ...createSessionActivities({ store }),
        ...createTaskActivities({ store, once, forge, notifyUrl: config.notifyUrl, tries: 2 }),
      },
      model: createModelActivities({
        store,
        model: createProviders(config),
        tools: toolSet([...fileTools, bash]),
        isCommand: (tool) => tool === bash.name,
        now: Date.now,
      }),
      host: {
        ...createToolActivities({
          store,
          jobs,
          tools: fileTools,
          confine: (worktree) => confinementOf(worktree, { env: {}, limits: DEFAULT_LIMITS }),
        }),
        ...createTaskHostActivities({
          store,
          once,
          forge,
          git,
          token: config.github.token,
          model: config.model,
          limits: DEFAULT_SESSION_LIMITS,
        }),
      },
    },
  });
  const client = new Client({ connection, namespace });
  const sweep = createSweep({ store, installationKey: key, effects: sweptEffects({ forge }), quietMs: sweepAfterMs });
  const rounds = [
    keepDoing('reap the jobs of sessions that are over', REAP_EVERY_MS, () => jobs.reap((scope) => runs(client, scope))),
    keepDoing('sweep doubles', sweepAfterMs, sweep),
  ];
  const close = async (): Promise<void> => {
    await Promise.all(rounds.map((stop) => stop()));
    await connection.close();
    await store.close();
  };
  return { ended: workers.ended.finally(close), stop: workers.shutdown };
}

/** Waits for a server that is away: after a power cut nobody says in which order things start. */
async function connect(options: NativeConnectionOptions): Promise<NativeConnection> {
  for (;;) {
    try {
      return await NativeConnection.connect(options);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      Runtime.instance().logger.warn(`Temporal does not answer at ${options.address ?? 'its default address'}; trying again.`, {
        error: error.message,
      });
      await sleep(SERVER_AWAY_MS);
    }
  }
}
