// What stands in for the world on this machine, as processes of their own, so that each can be killed: the forge and the scripted model. Which
// they are is on record in a data folder, as for what `up` starts, so that they can be stopped by another command.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { VERSION } from '../version.ts';
import { EXIT } from './exit-codes.ts';
import { Problem } from './problem.ts';
import { remember } from './processes.ts';

export interface Part<Greeting> {
  /** The line of JSON that it says when it is ready. */
  readonly greeting: Greeting;
  readonly pid: number;
  readonly ended: Promise<void>;
}

export interface ForgeGreeting {
  readonly url: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly controlToken: string;
}

export interface ModelGreeting {
  readonly url: string;
  /** What leads the providers' clients to it. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface PartOptions {
  /** Folder of the record and the logs; the forge keeps its own things in `forge` of it. */
  readonly data: string;
  /** It outlives this process; what it says goes to its log. */
  readonly lasting: boolean;
}

export function startForgeProcess(options: PartOptions & { undelayed: boolean; sandboxed: boolean }): Promise<Part<ForgeGreeting>> {
  const { data, undelayed, sandboxed } = options;
  mkdirSync(join(data, 'forge'), { recursive: true });
  const flags = [...(undelayed ? ['--undelayed'] : []), ...(sandboxed ? [] : ['--no-sandbox'])];
  return start('forge', ['--data', join(data, 'forge'), '--json', ...flags], options);
}

/** @param script module that exports the script */
export function startModelProcess(script: string, options: PartOptions): Promise<Part<ModelGreeting>> {
  return start('model', ['--script', script, '--json'], options);
}

const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** Path of a program of the devkit. */
export const devkit = (path: string): string => fileURLToPath(new URL(`../../../devkit/${path}${EXTENSION}`, import.meta.url));

async function start<Greeting>(name: 'forge' | 'model', args: readonly string[], { data, lasting }: PartOptions): Promise<Part<Greeting>> {
  mkdirSync(join(data, 'logs'), { recursive: true });
  const log = join(data, 'logs', `${name}.log`);
  const errors = lasting ? openSync(log, 'w') : undefined;
  const child = spawn(process.execPath, [devkit(`${name}/main`), ...args], {
    stdio: ['ignore', 'pipe', errors ?? 'inherit'],
    detached: lasting,
  });
  if (errors !== undefined) closeSync(errors);
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const line = await Promise.race([firstLine(child), ended]);
  if (line === undefined || child.pid === undefined || !(await remember(data, name, child.pid, { version: VERSION })))
    throw new Problem(`The ${name} did not start${lasting ? `:\n${readFileSync(log, 'utf8').trimEnd()}` : '.'}`, EXIT.unavailable);
  if (lasting) {
    child.stdout?.destroy();
    child.unref();
  }
  return { greeting: JSON.parse(line) as Greeting, pid: child.pid, ended };
}

const firstLine = ({ stdout }: ChildProcess): Promise<string | undefined> =>
  new Promise((done) => {
    if (stdout === null) return done(undefined);
    createInterface({ input: stdout }).once('line', done);
  });

const environmentFile = (data: string): string => join(data, 'sandbox.json');

/** What leads commands to what runs in this folder, for `sandbox --env`. */
export function keepEnvironment(data: string, environment: Readonly<Record<string, string>>): void {
  writeFileSync(environmentFile(data), JSON.stringify(environment), { mode: 0o600 });
}

export const keptEnvironment = (data: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(environmentFile(data), 'utf8')) as Record<string, string>;
