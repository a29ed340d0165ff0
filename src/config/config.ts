// What an installation is set to. The only place that reads the environment.
import { resolve } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DEFAULT_AUTHOR, type Authorship } from '../contracts/authorship.ts';
import type { Budget } from '../contracts/budget.ts';
import type { Hook } from '../contracts/hook.ts';
import type { Identity } from '../contracts/identity.ts';
import type { BaseUpdate } from '../contracts/merge-request-actions.ts';
import type { Nits, Reminders } from '../contracts/merge-request-settings.ts';
import type { MergePolicy } from '../contracts/merge-policy.ts';
import type { RequestPolicy } from '../contracts/request-policy.ts';
import { DEFAULT_SESSION_LIMITS, type Models, type SessionLimits } from '../contracts/session.ts';
import { chosenIdentity, readIdentities } from './identities.ts';
import { readSettings } from './settings.ts';
import { readTriggers } from './triggers.ts';

export interface Config {
  readonly data: string;
  readonly host: string;
  readonly unsandboxed: boolean;
  /** Hosts that commands may reach. */
  readonly network: readonly string[];
  readonly models: Models;
  readonly limits: SessionLimits;
  /** What a task may spend before a person is asked. */
  readonly taskBudget: Budget;
  readonly killedWorktrees: 'keep' | 'remove';
  readonly authorship: Authorship;
  /** Private SSH key that signs commits; null: they are not signed. */
  readonly signingKey: string | null;
  /** Accounts as which work can be done beside the installation's own. */
  readonly identities: readonly Identity[];
  /** Identity of what is begun without naming one, as it is kept with it; null: the installation's own account. */
  readonly identity: string | null;
  /** Run in every new worktree. */
  readonly setUp: string | null;
  readonly notifyUrl: string | undefined;
  /** Template of the names of branches. */
  readonly branch: string | undefined;
  /** Page that says what Signalbox is, here. */
  readonly home: string | null;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly merging: MergePolicy;
  readonly updateBy: BaseUpdate;
  readonly nits: Nits;
  readonly requests: RequestPolicy;
  readonly reminders: Reminders;
  readonly trackDays: number;
  /** For how long the forge's lists may lack what it has told of, in seconds; 0: never. */
  readonly lagSeconds: number;
  /** What logs of jobs say that may pass when they are run again. */
  readonly knownFlaky: readonly RegExp[];
  readonly gateway: { readonly webhookSecret: string | undefined; readonly hostname: string; readonly port: number };
  /** Whose issues may start tasks: "owner/repo". */
  readonly repositories: readonly string[];
  readonly pollSeconds: number;
  readonly hooks: readonly Hook[];
  readonly github: { readonly token: string | undefined; readonly apiUrl: string };
  readonly anthropic: ProviderConfig;
  readonly openai: ProviderConfig;
  /** Address, namespace, TLS and API key, as Temporal's own tools read them. */
  readonly temporal: ReturnType<typeof loadClientConnectConfig>;
}

/** As an URL has it. */
export const httpAddress = (hostname: string, port: number): string =>
  `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;

/** Whether issues of "owner/repo" may start tasks. */
export const mayStartTasks = ({ repositories }: Pick<Config, 'repositories'>, repository: string): boolean =>
  repositories.some((one) => one.toLowerCase() === repository.toLowerCase());

export interface ProviderConfig {
  readonly apiKey: string | undefined;
  /** With `/v1`; undefined means the provider itself. */
  readonly baseUrl: string | undefined;
}

export const DEFAULT_MODELS: Models['aliases'] = {
  fast: { provider: 'anthropic', id: 'claude-haiku-4-5' },
  balanced: { provider: 'anthropic', id: 'claude-sonnet-5' },
  best: { provider: 'anthropic', id: 'claude-opus-5' },
};

/** Where only this provider's key is set. */
export const DEFAULT_OPENAI_MODELS: Models['aliases'] = {
  fast: { provider: 'openai', id: 'gpt-5.4-mini' },
  balanced: { provider: 'openai', id: 'gpt-5.4' },
  best: { provider: 'openai', id: 'gpt-5.5' },
};

const isSet = (value: string | undefined): boolean => (value ?? '') !== '';

/** @throws Error that names every setting that is wrong, or is none */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const data = readSettings(env);
  const { SIGNALBOX_MODEL: all, SIGNALBOX_MODEL_FAST: fast, SIGNALBOX_MODEL_BALANCED: balanced, SIGNALBOX_MODEL_BEST: best } = data;
  const defaults = isSet(data.OPENAI_API_KEY) && !isSet(data.ANTHROPIC_API_KEY) ? DEFAULT_OPENAI_MODELS : DEFAULT_MODELS;
  const identities = data.SIGNALBOX_IDENTITIES === undefined ? [] : readIdentities(data.SIGNALBOX_IDENTITIES, env);
  const given = Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  return {
    data: resolve(data.SIGNALBOX_DATA),
    host: data.SIGNALBOX_HOST,
    unsandboxed: data.SIGNALBOX_UNSANDBOXED,
    network: data.SIGNALBOX_NETWORK,
    models: {
      aliases: {
        fast: fast ?? all ?? defaults.fast,
        balanced: balanced ?? all ?? defaults.balanced,
        best: best ?? all ?? defaults.best,
      },
      phases: Object.fromEntries(data.SIGNALBOX_MODEL_PHASES),
    },
    limits: {
      ...DEFAULT_SESSION_LIMITS,
      turns: data.SIGNALBOX_SESSION_TURNS,
      minutes: data.SIGNALBOX_SESSION_MINUTES,
      tokens: data.SIGNALBOX_SESSION_TOKENS,
      usd: data.SIGNALBOX_SESSION_USD,
      stallSeconds: data.SIGNALBOX_STALL_SECONDS,
      idleMinutes: data.SIGNALBOX_IDLE_MINUTES,
      idleEndMinutes: data.SIGNALBOX_IDLE_END_MINUTES ?? data.SIGNALBOX_SESSION_MINUTES,
    },
    taskBudget: {
      turns: data.SIGNALBOX_TASK_TURNS,
      minutes: data.SIGNALBOX_TASK_MINUTES,
      tokens: data.SIGNALBOX_TASK_TOKENS,
      usd: data.SIGNALBOX_TASK_USD,
    },
    killedWorktrees: data.SIGNALBOX_KILLED_WORKTREES,
    authorship: { author: data.SIGNALBOX_AUTHOR ?? DEFAULT_AUTHOR, coAuthor: data.SIGNALBOX_CO_AUTHOR ?? null },
    signingKey: data.SIGNALBOX_SIGNING_KEY_FILE === undefined ? null : resolve(data.SIGNALBOX_SIGNING_KEY_FILE),
    identities,
    identity: chosenIdentity(identities, data.SIGNALBOX_IDENTITY),
    setUp: data.SIGNALBOX_SETUP ?? null,
    notifyUrl: data.SIGNALBOX_NOTIFY_URL,
    branch: data.SIGNALBOX_BRANCH,
    home: data.SIGNALBOX_URL ?? null,
    logLevel: data.SIGNALBOX_LOG_LEVEL,
    merging: {
      autoMerge: data.SIGNALBOX_AUTO_MERGE,
      method: data.SIGNALBOX_MERGE_METHOD,
      testsNeeded: !data.SIGNALBOX_MERGE_WITHOUT_TESTS,
      testChecks: data.SIGNALBOX_TEST_CHECKS,
      personPaths: data.SIGNALBOX_PERSON_PATHS,
      productionPaths: data.SIGNALBOX_PRODUCTION_PATHS,
    },
    updateBy: data.SIGNALBOX_UPDATE_BY,
    nits: data.SIGNALBOX_NITS,
    requests: { labels: data.SIGNALBOX_REQUEST_LABELS, reviewers: data.SIGNALBOX_REVIEWERS, draft: data.SIGNALBOX_DRAFT },
    trackDays: data.SIGNALBOX_TRACK_DAYS,
    lagSeconds: data.SIGNALBOX_FORGE_LAG_SECONDS,
    knownFlaky: data.SIGNALBOX_FLAKY_PATTERNS,
    reminders: {
      most: data.SIGNALBOX_REMINDERS,
      hours: {
        ci: data.SIGNALBOX_REMIND_CI_HOURS,
        reviewer: data.SIGNALBOX_REMIND_REVIEWER_HOURS,
        operator: data.SIGNALBOX_REMIND_PERSON_HOURS,
        people: data.SIGNALBOX_REMIND_PERSON_HOURS,
        resting: data.SIGNALBOX_REMIND_RESTING_DAYS * 24,
      },
    },
    gateway: {
      webhookSecret: data.SIGNALBOX_WEBHOOK_SECRET,
      hostname: data.SIGNALBOX_GATEWAY_HOST,
      port: data.SIGNALBOX_GATEWAY_PORT,
    },
    repositories: data.SIGNALBOX_REPOSITORIES,
    pollSeconds: data.SIGNALBOX_POLL_SECONDS,
    hooks: data.SIGNALBOX_TRIGGERS === undefined ? [] : readTriggers(data.SIGNALBOX_TRIGGERS, env, identities),
    github: { token: data.GITHUB_TOKEN, apiUrl: data.GITHUB_API_URL },
    anthropic: { apiKey: data.ANTHROPIC_API_KEY, baseUrl: withVersion(data.ANTHROPIC_BASE_URL) },
    openai: { apiKey: data.OPENAI_API_KEY, baseUrl: withVersion(data.OPENAI_BASE_URL) },
    temporal: loadClientConnectConfig({ overrideEnvVars: given }),
  };
}

/** Some tools name the provider's root, others its first version: both are understood. */
const withVersion = (base: string | undefined): string | undefined =>
  base === undefined || /\/v\d+\/?$/.test(base) ? base : `${base.replace(/\/$/, '')}/v1`;
