// `npm run forge`: starts a forge on this machine, prints where it is and its tokens, and stays until it is stopped.
import { flushCompileCache } from 'node:module';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { LIMITS, REALISTIC, UNDELAYED, UNDELAYED_LIMITS, type Settings } from './settings.ts';
import { NOT_PROMISED_UNSANDBOXED } from '../../src/sandbox/probe.ts';
import { CannotStart, startForge } from './start.ts';

interface Options {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly undelayed: boolean;
  readonly sandbox: boolean;
  readonly webhooksAnywhere: boolean;
  readonly maxPushMb?: number;
  readonly requestsPerHour?: number;
  readonly queueMinuteMs?: number;
  readonly seed: number;
  readonly json: boolean;
}

const command = new Command('forge')
  .description(
    "A forge on one machine: GitHub's REST API, webhooks and real git over HTTP. It delays, lags and repeats itself as forges do.",
  )
  .requiredOption('--data <folder>', 'where it keeps everything')
  .option('--port <number>', '0 for any free one', number, 0)
  .option('--host <address>', 'where it listens', '127.0.0.1')
  .option('--undelayed', 'no delays, no lag, no lost or doubled webhooks: for quick tests', false)
  .option('--no-sandbox', 'run the commands of CI unconfined: only for repositories that you trust')
  .option('--webhooks-anywhere', 'webhooks may go to other machines than this one', false)
  .option('--max-push-mb <number>', 'the largest push that it takes', number)
  .option('--requests-per-hour <number>', 'how many requests a token has an hour', number)
  .option('--queue-minute-ms <number>', 'how long a minute is in the time limits of merge queues', number)
  .option('--seed <number>', 'makes its random choices repeatable', number, 1)
  .option('--json', 'print one JSON object instead of text', false)
  .showHelpAfterError();

const options = command.parse().opts<Options>();
const limits = options.undelayed ? UNDELAYED_LIMITS : LIMITS;
const settings: Settings = {
  dataDirectory: path.resolve(options.data),
  host: options.host,
  port: options.port,
  sandboxed: options.sandbox,
  webhooksAnywhere: options.webhooksAnywhere,
  seed: options.seed,
  delays: options.undelayed ? UNDELAYED : REALISTIC,
  limits: {
    ...limits,
    pushBytes: options.maxPushMb === undefined ? limits.pushBytes : options.maxPushMb * 1024 * 1024,
    requestsPerHour: options.requestsPerHour ?? limits.requestsPerHour,
    queueMinuteMs: options.queueMinuteMs ?? limits.queueMinuteMs,
  },
};

if (!options.sandbox) process.stderr.write(`${NOT_PROMISED_UNSANDBOXED}\n`);
const forge = await startForge(settings).catch((error: unknown) => {
  if (!(error instanceof CannotStart)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
process.stdout.write(
  options.json ? `${JSON.stringify({ url: forge.url, tokens: forge.tokens, controlToken: forge.controlToken })}\n` : greeting(),
);
flushCompileCache(); // where NODE_COMPILE_CACHE asks for one: for the next start, however this one ends
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void forge.stop());

function greeting(): string {
  const tokens = Object.entries(forge.tokens).map(([login, token]) => `  ${login.padEnd(10)}${token}`);
  return [
    `Forge at ${forge.url}, data in ${settings.dataDirectory}${options.undelayed ? ', undelayed' : ''}`,
    '',
    'Tokens',
    ...tokens,
    `  ${'(control)'.padEnd(10)}${forge.controlToken}   for ${forge.url}/_faults and ${forge.url}/_effects`,
    '',
    'To use it in place of GitHub',
    `  export GITHUB_API_URL=${forge.url} GITHUB_TOKEN=${forge.tokens['owner'] ?? ''}`,
    `  git clone ${forge.url.replace('://', '://<token>@')}/<owner>/<repository>.git`,
    '',
  ].join('\n');
}

function number(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
