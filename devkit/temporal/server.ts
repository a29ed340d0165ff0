// Starts Temporal's development server on a database file, with settings under which it does not throttle (figures in
// docs/architecture.md, "Temporal"). The process is the caller's child: stop it, or kill it, by the handle.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { searchAttributes } from '../../src/contracts/search-attributes.ts';
import { prepareNamespace } from '../../src/config/namespace.ts';
import { freePort } from './free-port.ts';

export interface ServerOptions {
  /** Path of the `temporal` executable (`temporalExecutable`). */
  readonly executable: string;
  /** Database file; created when missing. Everything that the server knows is in it. */
  readonly database: string;
  /** Port of the gRPC endpoint on 127.0.0.1; a free one when left out. */
  readonly port?: number;
  /** Port of the web UI on 127.0.0.1; none when left out. */
  readonly uiPort?: number;
  /** Further dynamic settings, `name=value`. */
  readonly settings?: readonly string[];
  /** Created besides `default`. */
  readonly namespaces?: readonly string[];
  /** The server outlives this process. */
  readonly detached?: boolean;
  /** File to which a detached server's errors are appended; dropped when left out. */
  readonly log?: string;
}

export interface Server {
  readonly address: string;
  readonly pid: number;
  /** Resolves when the process has ended, whoever ended it. */
  readonly gone: Promise<void>;
  /** Ends the server in good order. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Stock settings dispatch about 20 tasks a second with a second of timer slack; with these a turn of two activities costs 30 ms, not 165. */
const SETTINGS = [
  ['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=5000'],
  ['--dynamic-config-value', 'history.timerProcessorMaxPollRPS=5000'],
  ['--dynamic-config-value', 'history.timerProcessorMaxTimeShift="50ms"'],
  ['--dynamic-config-value', 'system.enableActivityEagerExecution=true'],
  // One partition: tasks are handed out in their order. Fairness stays off: its reader can stop reading for good (docs/decisions).
  ['--dynamic-config-value', 'matching.numTaskqueueReadPartitions=1'],
  ['--dynamic-config-value', 'matching.numTaskqueueWritePartitions=1'],
  ['--sqlite-pragma', 'journal_mode=wal'],
  ['--sqlite-pragma', 'synchronous=2'],
].flat();

/** Only on a fresh database; there they are known at once, while those that are added later are seen after some seconds. */
const ATTRIBUTES = Object.values(searchAttributes).flatMap(({ name }) => ['--search-attribute', `${name}=Keyword`]);

const START_SECONDS = 30;

/** It looks for free ports for its inner services and takes them a moment later; where somebody was faster, it ends with a trace. */
const STARTS = 3;

/** Starts a server and waits until it answers and its namespace is prepared. @throws Error with its last words when it does not start */
export async function startServer(options: ServerOptions): Promise<Server> {
  for (let start = 1; ; start++) {
    const tried = await tryToStart(options);
    if ('server' in tried) return tried.server;
    if (!tried.endedItself || start === STARTS) throw tried.problem;
  }
}

type Start = { readonly server: Server } | { readonly problem: Error; readonly endedItself: boolean };

async function tryToStart(options: ServerOptions): Promise<Start> {
  const port = options.port ?? (await freePort());
  const ui = options.uiPort === undefined ? ['--headless'] : ['--ui-port', String(options.uiPort)];
  const log = options.log === undefined ? 'ignore' : openSync(options.log, 'a');
  const child = spawn(
    options.executable,
    [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--db-filename', options.database],
      ...['--log-level', 'error', ...ui, ...SETTINGS, ...ATTRIBUTES],
      ...(options.settings ?? []).flatMap((setting) => ['--dynamic-config-value', setting]),
      ...(options.namespaces ?? []).flatMap((name) => ['--namespace', name]),
    ],
    { stdio: ['ignore', 'ignore', options.detached === true ? log : 'pipe'], detached: options.detached === true },
  );
  if (log !== 'ignore') closeSync(log);
  const said: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => void (said.push(text), said.splice(0, said.length - 20)));
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (options.detached === true) child.unref();

  const address = `127.0.0.1:${port}`;
  try {
    await untilItAnswers(address, child);
  } catch (error) {
    const endedItself = child.exitCode !== null;
    child.kill('SIGKILL');
    const problem = new Error(`the Temporal server did not start: ${String(error)}\n${said.join('')}`, { cause: error });
    return { problem, endedItself };
  }
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await gone;
  };
  if (child.pid === undefined) throw new Error('the Temporal server has no process');
  return { server: { address, pid: child.pid, gone, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') } };
}

async function untilItAnswers(address: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_SECONDS * 1000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1000 });
      try {
        return await prepareNamespace(connection, 'default');
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}
