// What `up` has made here: the store, Temporal, the recorded processes, jobs that nobody waits for any more.
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Connection, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Config } from '../../config/config.ts';
import { readRunRecord, type ProcessName } from '../../config/run-records.ts';
import { temporalClient } from '../../config/temporal-client.ts';
import { scopeOf } from '../../jobs/job.ts';
import { createJobs } from '../../jobs/jobs.ts';
import { isAlive } from '../../jobs/processes.ts';
import { chooseSandbox } from '../../sandbox/probe.ts';
import { StoreError } from '../../store/errors.ts';
import { openStore } from '../../store/open.ts';
import { buildDigest } from '../build.ts';
import { VERSION } from '../version.ts';
import { ok, problem, warning, type Finding } from './check.ts';

export async function store({ data }: Config): Promise<Finding> {
  const place = [data, dirname(data)].find((directory) => existsSync(directory)) ?? '/';
  try {
    accessSync(place, constants.W_OK);
  } catch {
    return problem('store', `${place} can not be written`, 'Give this user the right to, or set SIGNALBOX_DATA to another folder.');
  }
  const path = join(data, 'store.db');
  if (!existsSync(path)) return ok('store', `none in ${data} yet: "signalbox up" makes it`);
  try {
    await (await openStore({ path })).close();
    return ok('store', `${path} has this version's schema`);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const [says = '', ...fix] = error.message.split(/(?<=\.) /);
    return problem('store', says, fix.join(' ') || 'Restore a backup of the data folder.');
  }
}

/** @param executable where `temporal` is, if it is on this machine */
export async function temporal(config: Config, executable: string | undefined, get: () => Promise<string>): Promise<Finding> {
  const { address } = config.temporal.connectionOptions;
  if (address !== undefined) {
    try {
      await (await connect(config)).close();
      return ok('temporal', `answers at ${address}`);
    } catch {
      if (process.env['TEMPORAL_ADDRESS'] !== undefined)
        return problem(
          'temporal',
          `does not answer at ${address}`,
          'Start it, or unset TEMPORAL_ADDRESS to have "signalbox up" start one.',
        );
    }
  }
  if (executable !== undefined) return ok('temporal', `does not run; "signalbox up" starts ${executable}`);
  const fix = 'signalbox doctor --fix gets it (a download, or a build of minutes), as "signalbox up" would.';
  return { ...warning('temporal', 'no server on this machine yet', fix), mend: get };
}

/** Processes that were started and have died, and those of another version. */
export async function processes({ data }: Config, startAgain: () => Promise<string>): Promise<Finding[]> {
  const names: readonly ProcessName[] = ['temporal', 'worker', 'gateway'];
  const build = buildDigest();
  const known = names.map((name) => [name, readRunRecord(data, name)] as const);
  const lives = await Promise.all(known.map(async ([, record]) => record !== undefined && (await isAlive(record.identity))));
  const found = known.flatMap(([name, record], at): Finding[] => {
    if (record === undefined || (lives[at] !== true && record.stopped === true)) return [];
    if (lives[at] !== true)
      return [{ ...problem(`process: ${name}`, `${record.pid} has died`, 'signalbox up starts it again.'), mend: startAgain }];
    return (record.build ?? build) === build && record.version === VERSION
      ? [ok(`process: ${name}`, `${record.pid} runs`)]
      : [warning(`process: ${name}`, `runs other code (version ${record.version}; this is ${VERSION})`, 'signalbox down && signalbox up')];
  });
  return found.length > 0 ? found : [ok('processes', 'nothing runs')];
}

/** Jobs of sessions that are over: the worker ends them every minute; without a worker they stay. */
export async function orphans(config: Config): Promise<Finding> {
  const root = join(config.data, 'jobs');
  const scopes = existsSync(root) ? readdirSync(root).map(scopeOf) : [];
  if (scopes.length === 0) return ok('orphans', 'no jobs');
  const connection = await connect(config).catch(() => undefined);
  if (connection === undefined) return ok('orphans', `${scopes.length} sessions have jobs; whether they live is known when Temporal runs`);
  const client = temporalClient(connection, config.temporal.namespace);
  try {
    const over: string[] = [];
    for (const scope of scopes) if (!(await runs(client, scope))) over.push(scope);
    if (over.length === 0) return ok('orphans', `${scopes.length} sessions with jobs, all run`);
    return {
      ...warning(
        'orphans',
        `jobs of ${over.length} sessions that are over: ${over.slice(0, 3).join(', ')}`,
        'signalbox doctor --fix ends them; so does a worker, every minute.',
      ),
      mend: () => reap(config, new Set(over)),
    };
  } finally {
    await connection.close();
  }
}

async function reap({ data, unsandboxed }: Config, over: ReadonlySet<string>): Promise<string> {
  const chosen = await chooseSandbox({ unsandboxed });
  if (!chosen.ok) throw new Error(chosen.problem);
  const reaped = await createJobs({ root: join(data, 'jobs'), sandbox: chosen.sandbox }).reap(async (scope) => !over.has(scope));
  return `ended the jobs of ${reaped.length} sessions`;
}

const connect = ({ temporal: { connectionOptions } }: Config): Promise<Connection> =>
  Connection.connect({ ...connectionOptions, connectTimeout: 3_000 });

async function runs(client: Client, workflow: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflow).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
