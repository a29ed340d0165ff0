// One worker process: opens what the activities need, starts the workers, and ends in good order when told to.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import {
  NativeConnection,
  Runtime,
  TransportError,
  type ActivityInterceptorsFactory,
  type NativeConnectionOptions,
} from '@temporalio/worker';
import { createOnce } from '../activities/effects/once.ts';
import { createSweep } from '../activities/effects/sweep.ts';
import { createForge, createPages } from '../activities/forge/create.ts';
import { createAccounts, signersOf, type Accounts } from '../activities/forge/accounts.ts';
import type { Forge } from '../activities/forge/provider.ts';
import { createRecovery } from '../activities/forge/recovery.ts';
import { createAnswers } from '../activities/forge/conditional.ts';
import { createMeter, type Meter } from '../activities/forge/meter.ts';
import { createProviders } from '../activities/model/providers.ts';
import { createMergeLaneActivities } from '../activities/merge-lane/index.ts';
import { sweptRequestEffects } from '../activities/merge-request/effects.ts';
import { createMergeRequestHostActivities } from '../activities/merge-request/host.ts';
import { createMergeRequestActivities } from '../activities/merge-request/index.ts';
import { createMemory } from '../activities/merge-request/memory.ts';
import { createTriageActivities } from '../activities/merge-request/triage.ts';
import { createModelActivities } from '../activities/model/take-turn.ts';
import { createPollActivities } from '../activities/poll/index.ts';
import { startPoll } from '../activities/poll/start.ts';
import { createReviewActivities } from '../activities/review/index.ts';
import { createScheduleActivities } from '../activities/schedule/index.ts';
import { createSessionActivities } from '../activities/session/index.ts';
import { createTaskHostActivities } from '../activities/task/host.ts';
import { sweptEffects } from '../activities/task/forge-effects.ts';
import { createTaskActivities } from '../activities/task/index.ts';
import { createFileTools } from '../activities/tools/files/index.ts';
import { createToolActivities } from '../activities/tools/index.ts';
import { createQuickTools } from '../activities/tools/quick.ts';
import type { Toolbox } from '../activities/tools/session-tools.ts';
import { createSessionWork } from '../activities/work/checkpoints.ts';
import { putText } from '../activities/work/texts.ts';
import { mayStartTasks, type Config } from '../config/config.ts';
import { installationKey } from '../config/installation.ts';
import { redactorFor } from '../config/secrets.ts';
import { temporalClient } from '../config/temporal-client.ts';
import { forgeHost } from '../contracts/work.ts';
import { DEFAULT_MERGE_REQUEST_LIMITS } from '../policies/merge-request-facts.ts';
import { identities } from '../client/doctor/identities.ts';
import { pruneWorktrees } from '../client/worktrees.ts';
import { confinementOf } from '../git/worktree.ts';
import { createJobs } from '../jobs/jobs.ts';
import { logFile } from '../log/log.ts';
import { rotate } from '../log/rotate.ts';
import type { GitHost } from '../git/command.ts';
import { sshSigner } from '../git/signing.ts';
import { DEFAULT_LIMITS, type Confinement, type Mount } from '../sandbox/confinement.ts';
import { runningNode } from '../sandbox/node.ts';
import type { Sandbox } from '../sandbox/confinement.ts';
import { createLauncher } from '../sandbox/launcher/launcher.ts';
import { chooseSandbox } from '../sandbox/probe.ts';
import { openStore } from '../store/open.ts';
import { runs } from './reaping.ts';
import { redacting } from './redacting.ts';
import { reporting } from './reporting.ts';
import { keepDoing } from './rounds.ts';
import { startWorkers } from './workers.ts';

const SERVER_AWAY_MS = 100;
const REAP_EVERY_MS = 60_000;
const PRUNE_EVERY_MS = 24 * 60 * 60_000;
const EXPIRE_EVERY_MS = 10_000;
const COUNT_EVERY_MS = 5_000;
const POLLS_EVERY_MS = 60_000;
const RECOVER_EVERY_MS = 30_000;
const ROTATE_EVERY_MS = 30_000;
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
  await mkdir(config.data, { recursive: true });
  // At once, because what a killed worker costs is also how long the next one takes to come.
  const [sandbox, store, connection, key] = await Promise.all([
    chooseSandbox({ unsandboxed: config.unsandboxed }),
    openStore({ path: join(config.data, 'store.db'), redact: redactorFor(config) }),
    connect(config.temporal.connectionOptions),
    installationKey(config.data),
  ]);
  if (!sandbox.ok) throw new Error(sandbox.problem);
  const launcher = createLauncher();
  const commands: Sandbox = { ...sandbox.sandbox, launch: launcher.launch };
  const jobs = createJobs({ root: join(config.data, 'jobs'), sandbox: commands });
  const git: GitHost = { root: join(config.data, 'git'), sandbox: commands };
  const toolbox: Toolbox = { files: createFileTools(git), confinesCommands: sandbox.sandbox.kind !== 'unsandboxed' };
  const quickTools = createQuickTools(store, toolbox);
  const sessionWork = createSessionWork({ store, git });
  const namespace = config.temporal.namespace ?? 'default';
  const once = createOnce({ store, installationKey: key });
  const meter = createMeter(store);
  const forge = createForge(config.github, { answers: createAnswers(), meter });
  const accounts = await accountsOf(config, forge, meter);
  const client = temporalClient(connection, namespace);
  const confine = (worktree: string, access: Mount['access']): Promise<Confinement> =>
    confinementOf(worktree, { programs: runningNode(sandbox.sandbox), limits: DEFAULT_LIMITS, network: config.network, access });
  const setUp = config.setUp === null ? null : { command: config.setUp, jobs, confine };
  const pages = createPages(config.github);
  const work = { store, accounts, git, setUp };
  const model = createProviders(config);
  const budget = { taskBudget: config.taskBudget, forgeHost: forgeHost(config.github.apiUrl) };
  const acting = { pages, store, once, accounts, client };
  const speaking = { ...acting, notifyUrl: config.notifyUrl, home: config.home };
  const sessions = { ...budget, models: config.models, limits: config.limits };
  const reader = { memory: createMemory(forge), keep: (text: string) => putText(store, text), knownFlaky: config.knownFlaky };
  const workers = await startWorkers({
    connection,
    namespace,
    host: config.host,
    bundle,
    interceptors: [reporting(), ...interceptors, redacting(store.redacted)],
    activities: {
      general: {
        ...createSessionActivities({ store }),
        ...createTaskActivities({ ...budget, ...speaking, requests: config.requests, tries: 2 }),
        ...createMergeRequestActivities({
          ...reader,
          ...speaking,
          policy: config.merging,
          limits: {
            ...DEFAULT_MERGE_REQUEST_LIMITS,
            reminders: config.reminders,
            trackDays: config.trackDays,
            lagSeconds: config.lagSeconds,
          },
          updateBy: config.updateBy,
          nits: config.nits,
        }),
        ...createScheduleActivities({ store, client, branch: config.branch, identity: config.identity }),
        ...createPollActivities({
          store,
          client,
          branch: config.branch,
          identity: config.identity,
          forge,
          memory: reader.memory,
          host: config.host,
          forgeHost: forgeHost(config.github.apiUrl),
          isConfigured: (repository) => mayStartTasks(config, repository),
          everySeconds: config.pollSeconds,
        }),
        ...createMergeLaneActivities({ ...acting, policy: config.merging }),
      },
      model: {
        ...createModelActivities({ store, model, toolbox, quickTools, work: sessionWork, now: Date.now }),
        ...createTriageActivities({ store, once, model, models: config.models }),
      },
      host: {
        ...createToolActivities({ store, jobs, toolbox, quickTools, work: sessionWork, confine }),
        ...createTaskHostActivities({ ...work, ...sessions, client, once, host: config.host }),
        ...createMergeRequestHostActivities({ ...work, ...sessions, ...reader, once, lagSeconds: config.lagSeconds }),
        ...createReviewActivities({ ...work, ...sessions, once }),
      },
    },
  });
  void identities(config).then((found) => {
    for (const { check, state, says, fix } of found) if (state !== 'ok') Runtime.instance().logger.warn(`${check}: ${says} ${fix}`);
  });
  const effects = { ...sweptEffects({ accounts }), ...sweptRequestEffects({ accounts }) };
  const sweep = createSweep({ store, installationKey: key, effects, quietMs: sweepAfterMs });
  const rounds = [
    keepDoing('reap the jobs of sessions that are over', REAP_EVERY_MS, () => jobs.reap((scope) => runs(client, scope))),
    keepDoing('remove worktrees that are merged', PRUNE_EVERY_MS, () =>
      pruneWorktrees(
        { store, client, git, forgeHost: forgeHost(config.github.apiUrl), killed: config.killedWorktrees },
        Math.floor(Date.now() / 1_000),
      ),
    ),
    keepDoing('sweep doubles', sweepAfterMs, sweep),
    keepDoing('count what was asked of the forge', COUNT_EVERY_MS, () => meter.flush()),
    keepDoing('see whether accounts answer again', RECOVER_EVERY_MS, createRecovery({ store, client, accounts })),
    keepDoing('see that repositories are polled', POLLS_EVERY_MS, () => seeThatPolled(client, config)),
    // Our own processes keep theirs short; Temporal's server does not.
    keepDoing('keep the log of the Temporal server short', ROTATE_EVERY_MS, async () => rotate(logFile(config.data, 'temporal'))),
    keepDoing('tell the senders of mail that has expired', EXPIRE_EVERY_MS, () => store.mail.expire({ limit: 100 })),
  ];
  const close = async (): Promise<void> => {
    await Promise.all(rounds.map((stop) => stop()));
    await connection.close();
    await store.close();
    launcher.end();
  };
  return { ended: workers.ended.finally(close), stop: workers.shutdown };
}

async function seeThatPolled(client: Client, { repositories, github }: Config): Promise<void> {
  for (const name of repositories) {
    const [owner = '', repo = ''] = name.split('/');
    await startPoll(client, { host: forgeHost(github.apiUrl), owner, repo });
  }
}

/** Waits for a server that is away: after a power cut nobody says in which order things start. */
async function connect(options: NativeConnectionOptions): Promise<NativeConnection> {
  for (let said = false; ; said = true) {
    try {
      return await NativeConnection.connect(options);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      const where = options.address ?? 'its default address';
      if (!said) Runtime.instance().logger.warn(`Temporal does not answer at ${where}; waiting for it.`, { error: error.message });
      await sleep(SERVER_AWAY_MS);
    }
  }
}

/** What can't sign is found out now, not when the first commit is due. @throws Error that says what is wrong with the installation's own key */
async function accountsOf(config: Config, forge: Forge, meter: Meter): Promise<Accounts> {
  const { signingKey, github, identities, authorship } = config;
  const signer = signingKey === null ? undefined : await sshSigner(signingKey);
  if (signer !== undefined && 'problem' in signer) throw new Error(`SIGNALBOX_SIGNING_KEY_FILE: ${signer.problem}`);
  return createAccounts({
    own: { forge, token: github.token, committer: { authorship, sign: signer?.sign } },
    identities,
    // What one account was told is nothing for another, and each has its own quota.
    open: (token) => createForge({ apiUrl: github.apiUrl, token }, { answers: createAnswers(), meter: meter.ofOthers }),
    signers: await signersOf(identities),
  });
}
