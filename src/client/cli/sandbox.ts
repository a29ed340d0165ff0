// `signalbox sandbox`: what a person needs to try Signalbox without GitHub: a forge and a Temporal server of their own, with `--model` a
// scripted model as well, and the environment that points at them. They run as processes of their own, so that each can be killed; which they
// are is on record in the folder, which holds one sandbox at a time.
import { join, resolve } from 'node:path';
import { temporalExecutable } from '../../../devkit/temporal/executable.ts';
import { startServer } from '../../../devkit/temporal/server.ts';
import { freePort } from '../../../devkit/temporal/free-port.ts';
import { readRunRecord, type ProcessName } from '../../config/run-records.ts';
import { VERSION } from '../version.ts';
import { makeDataFolder } from './data-folder.ts';
import { stopAll } from './down.ts';
import { bold, dim, note, print, printJson } from './output.ts';
import { Problem } from './problem.ts';
import { remember, running } from './processes.ts';
import { devkit, keepEnvironment, keptEnvironment, startForgeProcess, startModelProcess, type ForgeGreeting } from './sandbox-parts.ts';

export interface SandboxOptions {
  readonly json?: true;
  readonly data: string;
  readonly undelayed?: true;
  readonly env?: true;
  readonly stop?: true;
  /** Script of the model; `true`: the demo's. */
  readonly model?: string | true;
}

interface Sandbox {
  readonly environment: Readonly<Record<string, string>>;
  readonly forge: ForgeGreeting;
  readonly uiPort: number;
  /** Until one of its processes has ended. */
  readonly ended: Promise<unknown>;
}

/** How soon Signalbox finds by asking what the forge would tell by webhooks: in a sandbox nobody sets them up. */
const POLL_SECONDS = '2';

export async function sandbox(options: SandboxOptions): Promise<void> {
  const data = resolve(options.data);
  if (options.stop === true) return stopSandbox(data, options);
  makeDataFolder(data);
  const known = await runningHere(data);
  if (known !== undefined) {
    if (options.env === true) return printExports(data, known);
    throw new Problem(`A sandbox runs in ${data} already. signalbox sandbox --stop ends it, --env prints its environment.`);
  }
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
  const { environment, forge, uiPort, ended } = await start(data, options);
  if (options.env === true) return printExports(data, environment);
  const temporal = { address: environment['TEMPORAL_ADDRESS'], ui: webUi(uiPort) };
  if (options.json === true) printJson({ environment, forge, temporal, data });
  else greet(environment, forge, uiPort, data);
  await Promise.race([stopped, ended]);
  await stopAll(data);
}

/** Everything or nothing: what had started is stopped when the rest does not. */
async function start(data: string, options: SandboxOptions): Promise<Sandbox> {
  const part = { data, lasting: options.env === true };
  try {
    // First, because it refuses a script that is wrong.
    const model = options.model === undefined ? undefined : await startModelProcess(scriptOf(options.model), part);
    const { path } = await temporalExecutable({ env: process.env, progress: note });
    const uiPort = await freePort();
    const temporal = await startServer({ executable: path, database: join(data, 'temporal.db'), uiPort, detached: part.lasting });
    await remember(data, 'temporal', temporal.pid, { version: VERSION, address: temporal.address, ui: webUi(uiPort) });
    const forge = await startForgeProcess({ ...part, undelayed: options.undelayed === true, sandboxed: true });
    const environment = {
      GITHUB_API_URL: forge.greeting.url,
      GITHUB_TOKEN: forge.greeting.tokens['owner'] ?? '',
      TEMPORAL_ADDRESS: temporal.address,
      SIGNALBOX_POLL_SECONDS: POLL_SECONDS,
      ...(options.undelayed === true && { SIGNALBOX_FORGE_LAG_SECONDS: '0' }),
      ...model?.greeting.environment,
    };
    keepEnvironment(data, environment);
    return {
      environment,
      forge: forge.greeting,
      uiPort,
      ended: Promise.race([forge.ended, ...(model === undefined ? [] : [model.ended])]),
    };
  } catch (error) {
    await stopAll(data);
    throw error;
  }
}

/** The environment of the sandbox or the demo that runs in this folder; what is left of one that has lost a process is stopped. */
async function runningHere(data: string): Promise<Sandbox['environment'] | undefined> {
  const needed: readonly ProcessName[] = ['temporal', 'forge'];
  const alive = await Promise.all(needed.map((name) => running(data, name)));
  if (alive.every((record) => record !== undefined)) return keptEnvironment(data);
  await stopAll(data);
  return undefined;
}

/** Also of a demo that was kept: what `up` has started in this folder is stopped as well. */
async function stopSandbox(data: string, { json }: SandboxOptions): Promise<void> {
  const how = Object.entries(await stopAll(data)).filter(([, end]) => end !== undefined);
  if (json === true) return printJson(Object.fromEntries(how));
  print(how.length === 0 ? `Nothing runs in ${data}.` : `Stopped in ${data}: ${how.map(([name]) => name).join(', ')}.`);
}

const scriptOf = (model: string | true): string => (model === true ? devkit('demo/script') : resolve(model));

const webUi = (port: number): string => `http://127.0.0.1:${port}`;

/** For `eval`; what only people read is on standard error. */
function printExports(data: string, environment: Readonly<Record<string, string>>): void {
  print(exports(environment).join('\n'));
  note(dim(`Temporal's UI: ${readRunRecord(data, 'temporal')?.ui ?? 'unknown'}`));
}

const exports = (environment: Readonly<Record<string, string>>): string[] =>
  Object.entries(environment).map(([name, value]) => `export ${name}=${value}`);

function greet(environment: Readonly<Record<string, string>>, forge: ForgeGreeting, uiPort: number, data: string): void {
  print(`${bold('A sandbox is up.')} ${dim(`Data in ${data}; Ctrl-C stops it.`)}`);
  print(`  forge     ${forge.url}   (devkit/forge/README.md)`);
  print(`  Temporal  ${environment['TEMPORAL_ADDRESS'] ?? ''}   UI ${webUi(uiPort)}`);
  print(
    `  tokens    ${Object.entries(forge.tokens)
      .map(([login, token]) => `${login} ${token}`)
      .join(`\n            `)}`,
  );
  print(`\nIn another terminal`);
  for (const line of exports(environment)) print(`  ${line}`);
  if (environment['ANTHROPIC_API_KEY'] === undefined)
    print(`  export ANTHROPIC_API_KEY=…        ${dim('the model is yours; --model brings a scripted one')}`);
  print(`  signalbox up && signalbox run --issue owner/<repository>#<number> --wait`);
}
