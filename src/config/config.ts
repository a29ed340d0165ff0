// The only place that reads the environment. The ecosystem's own names where there are some; ours begin with SIGNALBOX_.
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';

const url = z.url();
const schema = z.object({
  /** Directory of everything that is kept on this host: the store, worktrees, jobs. Default: `.signalbox` here. */
  SIGNALBOX_DATA: z.string().min(1).default('.signalbox'),
  /** Names this host towards others: its task queue and its worktrees. Default: the host's name. */
  SIGNALBOX_HOST: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'letters, digits, ".", "_" and "-", at most 64')
    .default(hostname),
  /** `true`: commands run without a sandbox. Default: refused where the system has none. */
  SIGNALBOX_UNSANDBOXED: z.stringbool().default(false),
  /** Where notices are posted as JSON. Default: nowhere. */
  SIGNALBOX_NOTIFY_URL: url.optional(),
  /** The model of sessions: provider, a slash, the provider's own name. */
  SIGNALBOX_MODEL: z
    .string()
    .regex(/^(anthropic|openai)\/.+$/, '"anthropic/…" or "openai/…"')
    .default('anthropic/claude-sonnet-4-5'),
  GITHUB_TOKEN: z.string().optional(),
  /** Default: GitHub itself. */
  GITHUB_API_URL: url.default('https://api.github.com'),
  ANTHROPIC_API_KEY: z.string().optional(),
  ANTHROPIC_BASE_URL: url.optional(),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: url.optional(),
  /** How much is logged. Default: `info`. */
  SIGNALBOX_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export interface Config {
  readonly data: string;
  readonly host: string;
  readonly unsandboxed: boolean;
  readonly model: { readonly provider: 'anthropic' | 'openai'; readonly id: string };
  readonly notifyUrl: string | undefined;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly github: { readonly token: string | undefined; readonly apiUrl: string };
  readonly anthropic: ProviderConfig;
  readonly openai: ProviderConfig;
  /** Address, namespace, TLS and API key, as Temporal's own tools read them. */
  readonly temporal: ReturnType<typeof loadClientConnectConfig>;
}

export interface ProviderConfig {
  readonly apiKey: string | undefined;
  /** With `/v1`; undefined means the provider itself. */
  readonly baseUrl: string | undefined;
}

/** @throws Error that names every setting that is wrong */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const read = schema.safeParse(env);
  if (!read.success) throw new Error(`The environment is not right:\n${z.prettifyError(read.error)}`);
  const { data } = read;
  const [provider, ...id] = data.SIGNALBOX_MODEL.split('/');
  const given = Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  return {
    data: resolve(data.SIGNALBOX_DATA),
    host: data.SIGNALBOX_HOST,
    unsandboxed: data.SIGNALBOX_UNSANDBOXED,
    model: { provider: provider === 'openai' ? 'openai' : 'anthropic', id: id.join('/') },
    notifyUrl: data.SIGNALBOX_NOTIFY_URL,
    logLevel: data.SIGNALBOX_LOG_LEVEL,
    github: { token: data.GITHUB_TOKEN, apiUrl: data.GITHUB_API_URL },
    anthropic: { apiKey: data.ANTHROPIC_API_KEY, baseUrl: withVersion(data.ANTHROPIC_BASE_URL) },
    openai: { apiKey: data.OPENAI_API_KEY, baseUrl: withVersion(data.OPENAI_BASE_URL) },
    temporal: loadClientConnectConfig({ overrideEnvVars: given }),
  };
}

/** Some tools name the provider's root, others its first version: both are understood. */
const withVersion = (base: string | undefined): string | undefined =>
  base === undefined || /\/v\d+\/?$/.test(base) ? base : `${base.replace(/\/$/, '')}/v1`;
