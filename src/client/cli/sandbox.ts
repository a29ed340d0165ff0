// `signalbox sandbox`: what a person needs to try Signalbox without GitHub: a forge and a Temporal server of their own, and the environment
// that points at them. They run as processes of their own, so that each can be killed; the model is the person's.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { temporalExecutable } from '../../../devkit/temporal/executable.ts';
import { startServer } from '../../../devkit/temporal/server.ts';
import { freePort } from '../../../devkit/temporal/free-port.ts';
import { EXIT } from './exit-codes.ts';
import { bold, dim, note, print, printJson } from './output.ts';
import { Problem } from './problem.ts';

interface ForgeGreeting {
  readonly url: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly controlToken: string;
}

export async function sandbox(options: { json?: true; data: string; undelayed?: true; env?: true }): Promise<void> {
  const data = resolve(options.data);
  mkdirSync(data, { recursive: true });
  const { path } = await temporalExecutable({ env: process.env, progress: note });
  const stays = options.env !== true;
  const uiPort = await freePort();
  const temporal = await startServer({ executable: path, database: join(data, 'temporal.db'), uiPort, detached: !stays });
  const forge = await startForgeProcess(join(data, 'forge'), options.undelayed === true, stays);
  const environment = {
    GITHUB_API_URL: forge.greeting.url,
    GITHUB_TOKEN: forge.greeting.tokens['owner'] ?? '',
    TEMPORAL_ADDRESS: temporal.address,
  };

  if (options.env === true)
    return print(
      Object.entries(environment)
        .map(([name, value]) => `export ${name}=${value}`)
        .join('\n'),
    );
  if (options.json === true)
    printJson({ environment, forge: forge.greeting, temporal: { address: temporal.address, ui: `http://127.0.0.1:${uiPort}` }, data });
  else greet(environment, forge.greeting, uiPort, data);
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
  await Promise.race([stopped, forge.ended]);
  forge.stop();
  await temporal.stop();
}

async function startForgeProcess(data: string, undelayed: boolean, stays: boolean) {
  mkdirSync(data, { recursive: true });
  const program = fileURLToPath(new URL(`../../../devkit/forge/main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));
  const child = spawn(process.execPath, [program, '--data', data, '--json', ...(undelayed ? ['--undelayed'] : [])], {
    stdio: ['ignore', 'pipe', stays ? 'inherit' : 'ignore'],
    detached: !stays,
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const line = await Promise.race([once(createInterface({ input: child.stdout })), ended]);
  if (line === undefined) throw new Problem('The forge did not start; without --env it says why.', EXIT.unavailable);
  if (!stays) {
    child.stdout.destroy();
    child.unref();
  }
  return { greeting: JSON.parse(line) as ForgeGreeting, ended, stop: () => void child.kill('SIGTERM') };
}

const once = (lines: ReturnType<typeof createInterface>): Promise<string> => new Promise((done) => lines.once('line', done));

function greet(environment: Readonly<Record<string, string>>, forge: ForgeGreeting, uiPort: number, data: string): void {
  print(`${bold('A sandbox is up.')} ${dim(`Data in ${data}; Ctrl-C stops it.`)}`);
  print(`  forge     ${forge.url}   (devkit/forge/README.md)`);
  print(`  Temporal  ${environment['TEMPORAL_ADDRESS'] ?? ''}   UI http://127.0.0.1:${uiPort}`);
  print(
    `  tokens    ${Object.entries(forge.tokens)
      .map(([login, token]) => `${login} ${token}`)
      .join(`\n            `)}`,
  );
  print(`\nIn another terminal`);
  for (const [name, value] of Object.entries(environment)) print(`  export ${name}=${value}`);
  print(`  export ANTHROPIC_API_KEY=…        ${dim('the model is yours')}`);
  print(`  signalbox up && signalbox run --issue owner/<repository>#<number> --wait`);
}
