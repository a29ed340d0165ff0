// `signalbox up`: Temporal (unless one is given by TEMPORAL_ADDRESS), the worker and the gateway, as processes that outlive this one. Says
// that they run only when they answer.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { temporalExecutable } from '../../../devkit/temporal/executable.ts';
import { freePort } from '../../../devkit/temporal/free-port.ts';
import { startServer } from '../../../devkit/temporal/server.ts';
import { httpAddress, type Config } from '../../config/config.ts';
import { addSearchAttributes } from '../../config/namespace.ts';
import { isLoaded, readRunRecord } from '../../config/run-records.ts';
import { GENERAL_QUEUE } from '../../contracts/queues.ts';
import { searchAttributes } from '../../contracts/search-attributes.ts';
import { TIMEOUTS } from '../../contracts/timeouts.ts';
import { sshSigner } from '../../git/signing.ts';
import { logFile } from '../../log/log.ts';
import { chooseSandbox } from '../../sandbox/probe.ts';
import { buildDigest, settingsDigest } from '../build.ts';
import { identities } from '../doctor/identities.ts';
import { missingKeys } from '../model-keys.ts';
import { VERSION } from '../version.ts';
import { configHere, storeHere } from './doors.ts';
import { makeDataFolder } from './data-folder.ts';
import { EXIT } from './exit-codes.ts';
import { bold, dim, note, print, printJson, yellow } from './output.ts';
import { Problem } from './problem.ts';
import { remember, running, stop } from './processes.ts';

/** How often the health check asks, and for how long (O1). */
const ASK_EVERY_MS = 500;
const ASK_FOR_MS = 5_000;
/** How long a process may load its code before that: a worker's first start has to bundle it. */
const LOAD_FOR_MS = 60_000;
const LOOK_EVERY_MS = 100;

export interface Started {
  /** `log`: of the server that was started here. */
  readonly temporal: { readonly address: string; readonly ui: string | null; readonly log: string | null };
  readonly worker: { readonly pid: number; readonly log: string };
  /** `webhooks`: whether it has a secret, and accepts them. */
  readonly gateway: { readonly pid: number; readonly log: string; readonly address: string; readonly webhooks: boolean };
  readonly data: string;
}

export async function up(options: { json?: true }): Promise<void> {
  const started = await startAll((line) => note(line));
  if (options.json === true) return printJson(started);
  print(`${bold('Signalbox is up.')} ${dim(`Data in ${started.data}`)}`);
  const { address, ui, log } = started.temporal;
  print(`  Temporal  ${address}${ui === null ? '' : `   UI ${ui}`}${log === null ? '' : `   log ${log}`}`);
  print(`  worker    process ${started.worker.pid}   log ${started.worker.log}`);
  const { gateway } = started;
  print(`  gateway   process ${gateway.pid}   ${gateway.address}/webhooks/github   log ${gateway.log}`);
  if (!gateway.webhooks) print(dim('  Webhooks are not accepted without SIGNALBOX_WEBHOOK_SECRET; changes are found by asking the forge.'));
  print(dim('Next: signalbox status'));
}

/** Starts what does not run yet. Safe to call again, also after any process was killed. */
export async function startAll(progress: (line: string) => void): Promise<Started> {
  const given = configHere();
  const sandbox = await chooseSandbox({ unsandboxed: given.unsandboxed });
  if (!sandbox.ok) throw new Problem(sandbox.problem);
  const signer = given.signingKey === null ? null : await sshSigner(given.signingKey);
  if (signer !== null && 'problem' in signer) throw new Problem(`SIGNALBOX_SIGNING_KEY_FILE: ${signer.problem}`);
  makeDataFolder(given.data);
  mkdirSync(join(given.data, 'logs'), { recursive: true });

  const temporal =
    process.env['TEMPORAL_ADDRESS'] === undefined ? await startTemporal(given.data, progress) : await givenTemporal(given, progress);
  const config = configHere({ ...process.env, TEMPORAL_ADDRESS: temporal.address });
  await withUpToDateStore(config);
  const lacks = missingKeys(config);
  if (lacks.length > 0)
    progress(yellow(`${lacks.join(' and ')} is not set: no session can ask its model. Set it, and run "signalbox up" again.`));
  for (const { state, check, says, fix } of await identities(config)) if (state !== 'ok') progress(yellow(`${check}: ${says} ${fix}`));
  const [worker, gateway] = await Promise.all([startWorker(config, temporal.address), startGateway(config, temporal.address)]);
  return { temporal, worker, gateway, data: config.data };
}

/** Here and nowhere else: others only check, so that none changes the schema under another. */
async function withUpToDateStore(config: Config): Promise<void> {
  const all = await Promise.all([running(config.data, 'worker'), running(config.data, 'gateway')]);
  if (all.some((one) => one === undefined)) await (await storeHere(config, { migrate: true })).close();
}

/** A server of somebody else: it only has to know our search attributes. Where we may not add them, it says how. */
async function givenTemporal({ temporal }: Config, progress: (line: string) => void): Promise<Started['temporal']> {
  const { address = '' } = temporal.connectionOptions;
  const connection = await Connection.connect(temporal.connectionOptions).catch((error: unknown) => {
    throw new Problem(`Temporal does not answer at ${address} (TEMPORAL_ADDRESS): ${(error as Error).message}`, EXIT.unavailable);
  });
  try {
    await addSearchAttributes(connection, temporal.namespace ?? 'default');
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    const names = Object.values(searchAttributes).map(({ name }) => `--name ${name} --type Keyword`);
    progress(
      yellow(
        `Its search attributes could not be looked at (${error.message}). They have to be there: temporal operator search-attribute create ${names.join(' ')}`,
      ),
    );
  } finally {
    await connection.close();
  }
  return { address, ui: null, log: null };
}

async function startTemporal(data: string, progress: (line: string) => void): Promise<Started['temporal']> {
  const log = logFile(data, 'temporal');
  const known = await running(data, 'temporal');
  if (known?.address !== undefined) return { address: known.address, ui: known.ui ?? null, log };
  const { path } = await temporalExecutable({ env: process.env, progress });
  // The same ports as before where they are free, so that addresses which people keep stay true.
  const before = readRunRecord(data, 'temporal');
  const [port, uiPort] = [await freePort(portOf(before?.address)), await freePort(portOf(before?.ui))];
  const server = await startServer({ executable: path, database: join(data, 'temporal.db'), port, uiPort, detached: true, log });
  const ui = `http://127.0.0.1:${uiPort}`;
  await remember(data, 'temporal', server.pid, { version: VERSION, address: server.address, ui });
  return { address: server.address, ui, log };
}

const portOf = (address: string | undefined): number | undefined => (address === undefined ? undefined : Number(address.split(':').at(-1)));

async function startWorker(config: Config, temporal: string): Promise<Started['worker']> {
  const { pid, log } = await startProcess(config, 'worker', 'workers/main', { temporal, address: temporal }, {});
  await untilItPolls(config, pid, log);
  return { pid, log };
}

async function startGateway(config: Config, temporal: string): Promise<Started['gateway']> {
  const before = readRunRecord(config.data, 'gateway');
  const { hostname, port: wanted } = config.gateway;
  // The address that people gave to the forge stays; a taken port is another installation's, unless somebody insists on it.
  const isFixed = process.env['SIGNALBOX_GATEWAY_PORT'] !== undefined;
  const runs = await running(config.data, 'gateway');
  const known = portOf(before?.address) ?? wanted;
  const port = isFixed ? wanted : runs === undefined ? await freePort(known) : known;
  const address = httpAddress(hostname, port);
  const { pid, log } = await startProcess(
    config,
    'gateway',
    'client/gateway/main',
    { temporal, address },
    { SIGNALBOX_GATEWAY_PORT: `${port}` },
  );
  const { webhooks } = await untilItListens(config, { pid, log, address });
  return { pid, log, address, webhooks };
}

/** Starts a process of ours that outlives this one, unless it runs and still asks the same server and listens at the same address. */
async function startProcess(
  config: Config,
  name: 'worker' | 'gateway',
  program: string,
  { temporal, address }: { readonly temporal: string; readonly address: string },
  env: Readonly<Record<string, string>>,
): Promise<{ pid: number; log: string }> {
  const { data } = config;
  const log = logFile(data, name);
  const known = await running(data, name);
  const [build, settings] = [buildDigest(), settingsDigest(name, config)];
  const lacks = name === 'worker' ? missingKeys(config) : [];
  const isSupplied = (known?.lacks ?? []).some((key) => !lacks.includes(key));
  if (known !== undefined && known.address === address && (known.temporal ?? temporal) === temporal && !isSupplied) {
    if (known.build !== build)
      note(
        yellow(
          `The ${name} runs other code (${known.version}, started ${new Date(known.startedAt).toISOString()}): "signalbox down" and "up" upgrade it.`,
        ),
      );
    if ((known.settings ?? settings) !== settings)
      note(yellow(`The ${name} runs with other settings than these: "signalbox down" and "up" apply them.`));
    return { pid: known.pid, log };
  }
  // It asks a server that is gone, or was without a key that is there now.
  if (known !== undefined) await stop(data, name, TIMEOUTS.shutdownForce);
  const file = openSync(log, 'a');
  const path = fileURLToPath(new URL(`../../${program}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));
  const child = spawn(process.execPath, [path], {
    detached: true,
    stdio: ['ignore', file, file],
    env: { ...process.env, TEMPORAL_ADDRESS: temporal, SIGNALBOX_DATA: data, ...env },
  });
  closeSync(file);
  child.unref();
  if (child.pid === undefined || !(await remember(data, name, child.pid, { version: VERSION, build, settings, address, temporal, lacks })))
    throw new Problem(`The ${name} did not start:\n${tail(log)}`, EXIT.unavailable);
  return { pid: child.pid, log };
}

/** The gateway is up when it answers as itself. */
async function untilItListens(
  config: Config,
  { pid, log, address }: { readonly pid: number; readonly log: string; readonly address: string },
): Promise<{ webhooks: boolean }> {
  await untilItIsLoaded(config, 'gateway', pid, log);
  for (const until = Date.now() + ASK_FOR_MS; ; await sleep(ASK_EVERY_MS)) {
    const health = await fetch(`${address}/health`, { signal: AbortSignal.timeout(2_000) })
      .then(async (answer) => (await answer.json()) as { pid: number; webhooks: boolean })
      .catch(() => undefined);
    if (health?.pid === pid) return health;
    await refuseIfOver(config, 'gateway', log, until);
  }
}

/** The worker is up when the server has seen it poll: asked of the server, not of the worker. */
async function untilItPolls(config: Config, pid: number, log: string): Promise<void> {
  await untilItIsLoaded(config, 'worker', pid, log);
  const connection = await Connection.connect(config.temporal.connectionOptions);
  try {
    for (const until = Date.now() + ASK_FOR_MS; ; await sleep(ASK_EVERY_MS)) {
      const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace: config.temporal.namespace ?? 'default',
        taskQueue: { name: GENERAL_QUEUE },
        taskQueueType: 1,
      });
      if (pollers.some(({ identity }) => identity?.startsWith(`${pid}@`))) return;
      await refuseIfOver(config, 'worker', log, until);
    }
  } finally {
    await connection.close();
  }
}

/** A process counts as late from when its code is loaded: how long that takes is the machine's affair. */
async function untilItIsLoaded(config: Config, name: 'worker' | 'gateway', pid: number, log: string): Promise<void> {
  // One of an older version says nothing; it has had its time.
  const since = readRunRecord(config.data, name)?.startedAt ?? Date.now();
  for (let said = false; !isLoaded(config.data, name, pid) && Date.now() < since + LOAD_FOR_MS; await sleep(LOOK_EVERY_MS)) {
    await refuseIfOver(config, name, log, Number.POSITIVE_INFINITY);
    if (!said && Date.now() >= since + ASK_FOR_MS) note(`The ${name} still loads its code, which takes longer the first time.`);
    said ||= Date.now() >= since + ASK_FOR_MS;
  }
}

/** With its process gone, or its time over. A process that only is late goes on, and is asked again by the next `up`. */
async function refuseIfOver({ data }: Config, name: 'worker' | 'gateway', log: string, until: number): Promise<void> {
  const lives = (await running(data, name)) !== undefined;
  if (lives && Date.now() < until) return;
  const what = lives ? 'runs and does not answer; "signalbox up" asks it again' : 'has ended';
  throw new Problem(`The ${name} ${what}. Its log (${log}) ends:\n${tail(log)}`, EXIT.unavailable);
}

const tail = (file: string): string => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
