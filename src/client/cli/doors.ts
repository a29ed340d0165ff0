// What a command works through: the store of this installation and a client of its Temporal server.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { readConfig, type Config } from '../../config/config.ts';
import { redactorFor } from '../../config/secrets.ts';
import { readRunRecord } from '../../config/run-records.ts';
import { StoreError } from '../../store/errors.ts';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/store.ts';
import { EXIT } from './exit-codes.ts';
import { Problem } from './problem.ts';
import { running } from './processes.ts';

export interface Doors {
  readonly config: Config;
  readonly store: Store;
  readonly client: Client;
}

/** The settings of this directory; the server that `up` started counts as given. */
export function configHere(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  let config: Config;
  try {
    config = readConfig(env);
  } catch (error) {
    throw new Problem((error as Error).message);
  }
  const started = env['TEMPORAL_ADDRESS'] === undefined ? readRunRecord(config.data, 'temporal')?.address : undefined;
  return started === undefined ? config : readConfig({ ...env, TEMPORAL_ADDRESS: started });
}

/** The store of this directory. @throws Problem when it is newer or older than this code, saying what to do */
export async function storeHere(config: Config, options: { readonly migrate: boolean }): Promise<Store> {
  try {
    return await openStore({ path: join(config.data, 'store.db'), redact: redactorFor(config), ...options });
  } catch (error) {
    if (error instanceof StoreError) throw new Problem(error.message);
    throw error;
  }
}

/** Opens the doors for the time of `work`. */
export async function withDoors<Result>(work: (doors: Doors) => Promise<Result>): Promise<Result> {
  const config = configHere();
  refuseWithoutStore(config);
  await refuseWithoutServer(config);
  // Half of a command's start, and for nothing where there is no store.
  const [{ Connection }, { temporalClient }] = await Promise.all([import('@temporalio/client'), import('../../config/temporal-client.ts')]);
  const connection = await Connection.connect({ ...config.temporal.connectionOptions, connectTimeout: 3_000 }).catch((error: unknown) => {
    throw new Problem(
      `Temporal does not answer at ${config.temporal.connectionOptions.address ?? '127.0.0.1:7233, where it is looked for without TEMPORAL_ADDRESS'} (${firstLine(error)}). Run "signalbox up".`,
      EXIT.unavailable,
    );
  });
  const store = await storeHere(config, { migrate: false });
  try {
    const client = temporalClient(connection, config.temporal.namespace);
    return await work({ config, store, client });
  } finally {
    await store.close();
    await connection.close();
  }
}

/** Opens the store alone for the time of `work`: for what needs no server. */
export async function withStore<Result>(work: (store: Store) => Promise<Result>): Promise<Result> {
  const config = configHere();
  refuseWithoutStore(config);
  const store = await storeHere(config, { migrate: false });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Where `up` has started a server and that is gone, there is no need to wait for an answer. */
async function refuseWithoutServer({ data }: Config): Promise<void> {
  if (process.env['TEMPORAL_ADDRESS'] !== undefined || readRunRecord(data, 'temporal') === undefined) return;
  if ((await running(data, 'temporal')) === undefined) throw new Problem('Temporal does not run. Run "signalbox up".', EXIT.unavailable);
}

function refuseWithoutStore({ data }: Config): void {
  if (existsSync(join(data, 'store.db'))) return;
  throw new Problem(`There is no Signalbox in ${data}. Start one with "signalbox up", or set SIGNALBOX_DATA.`, EXIT.unavailable);
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
