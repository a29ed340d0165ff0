// `signalbox up`: Temporal (unless one is given by TEMPORAL_ADDRESS) and the worker, as processes that outlive this one. Says that they run
// only when they answer.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { temporalExecutable } from '../../../devkit/temporal/executable.ts';
import { freePort } from '../../../devkit/temporal/free-port.ts';
import { startServer } from '../../../devkit/temporal/server.ts';
import type { Config } from '../../config/config.ts';
import { readRunRecord } from '../../config/run-records.ts';
import { GENERAL_QUEUE } from '../../contracts/queues.ts';
import { TIMEOUTS } from '../../contracts/timeouts.ts';
import { chooseSandbox } from '../../sandbox/probe.ts';
import { VERSION } from '../version.ts';
import { configHere } from './doors.ts';
import { EXIT } from './exit-codes.ts';
import { bold, dim, note, print, printJson, yellow } from './output.ts';
import { Problem } from './problem.ts';
import { remember, running, stop } from './processes.ts';

/** How often and how long the health check asks. */
const ASK_EVERY_MS = 500;
const ASK_FOR_MS = 15_000;

export interface Started {
  readonly temporal: { readonly address: string; readonly ui: string | null };
  readonly worker: { readonly pid: number; readonly log: string };
  readonly data: string;
}

export async function up(options: { json?: true }): Promise<void> {
  const started = await startAll((line) => note(line));
  if (options.json === true) return printJson(started);
  print(`${bold('Signalbox is up.')} ${dim(`Data in ${started.data}`)}`);
  print(`  Temporal  ${started.temporal.address}${started.temporal.ui === null ? '' : `   UI ${started.temporal.ui}`}`);
  print(`  worker    process ${started.worker.pid}   log ${started.worker.log}`);
  print(dim('Next: signalbox status'));
}

/** Starts what does not run yet. Safe to call again, also after any process was killed. */
export async function startAll(progress: (line: string) => void): Promise<Started> {
  const given = configHere();
  const sandbox = await chooseSandbox({ unsandboxed: given.unsandboxed });
  if (!sandbox.ok) throw new Problem(sandbox.problem);
  mkdirSync(join(given.data, 'logs'), { recursive: true });

  const temporal = process.env['TEMPORAL_ADDRESS'] === undefined ? await startTemporal(given.data, progress) : givenTemporal(given);
  const config = configHere({ ...process.env, TEMPORAL_ADDRESS: temporal.address });
  const log = join(config.data, 'logs', 'worker.log');
  const pid = await startWorker(config, temporal.address, log);
  await untilItPolls(config, pid, log);
  return { temporal, worker: { pid, log }, data: config.data };
}

const givenTemporal = (config: Config): Started['temporal'] => ({ address: config.temporal.connectionOptions.address ?? '', ui: null });

async function startTemporal(data: string, progress: (line: string) => void): Promise<Started['temporal']> {
  const known = await running(data, 'temporal');
  if (known?.address !== undefined) return { address: known.address, ui: known.ui ?? null };
  const { path } = await temporalExecutable({ env: process.env, progress });
  // The same ports as before where they are free, so that addresses which people keep stay true.
  const before = readRunRecord(data, 'temporal');
  const [port, uiPort] = [await freePort(portOf(before?.address)), await freePort(portOf(before?.ui))];
  const server = await startServer({ executable: path, database: join(data, 'temporal.db'), port, uiPort, detached: true });
  const ui = `http://127.0.0.1:${uiPort}`;
  await remember(data, 'temporal', server.pid, { version: VERSION, address: server.address, ui });
  return { address: server.address, ui };
}

const portOf = (address: string | undefined): number | undefined => (address === undefined ? undefined : Number(address.split(':').at(-1)));

async function startWorker(config: Config, address: string, log: string): Promise<number> {
  let known = await running(config.data, 'worker');
  if (known !== undefined && known.address !== address) {
    await stop(config.data, 'worker', TIMEOUTS.shutdownForce); // it asks a server that is gone
    known = undefined;
  }
  if (known !== undefined) {
    if (known.version !== VERSION)
      note(yellow(`The worker runs version ${known.version}, this is ${VERSION}: "signalbox down" and "up" upgrades it.`));
    return known.pid;
  }
  const file = openSync(log, 'a');
  const program = fileURLToPath(new URL(`../../workers/main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));
  const child = spawn(process.execPath, [program], {
    detached: true,
    stdio: ['ignore', file, file],
    env: { ...process.env, TEMPORAL_ADDRESS: address, SIGNALBOX_DATA: config.data },
  });
  closeSync(file);
  child.unref();
  if (child.pid === undefined || !(await remember(config.data, 'worker', child.pid, { version: VERSION, address })))
    throw new Problem(`The worker did not start:\n${tail(log)}`, EXIT.unavailable);
  return child.pid;
}

/** The worker is up when the server has seen it poll: asked of the server, not of the worker. */
async function untilItPolls(config: Config, pid: number, log: string): Promise<void> {
  const connection = await Connection.connect(config.temporal.connectionOptions);
  try {
    const deadline = Date.now() + ASK_FOR_MS;
    for (;;) {
      const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace: config.temporal.namespace ?? 'default',
        taskQueue: { name: GENERAL_QUEUE },
        taskQueueType: 1,
      });
      if (pollers.some(({ identity }) => identity?.startsWith(`${pid}@`))) return;
      const lives = (await running(config.data, 'worker')) !== undefined;
      if (!lives || Date.now() > deadline)
        throw new Problem(
          `The worker ${lives ? `does not answer after ${ASK_FOR_MS / 1_000} s` : 'has ended'}; its log (${log}) ends:\n${tail(log)}`,
          EXIT.unavailable,
        );
      await sleep(ASK_EVERY_MS);
    }
  } finally {
    await connection.close();
  }
}

const tail = (file: string): string => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
