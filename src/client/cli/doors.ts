// What a command works through: the store of this installation and a client of its Temporal server.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { readConfig, type Config } from '../../config/config.ts';
import { readRunRecord } from '../../config/run-records.ts';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/store.ts';
import { EXIT } from './exit-codes.ts';
import { Problem } from './problem.ts';

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

/** Opens the doors for the time of `work`. */
export async function withDoors<Result>(work: (doors: Doors) => Promise<Result>): Promise<Result> {
  const config = configHere();
  if (!existsSync(join(config.data, 'store.db')))
    throw new Problem(`There is no Signalbox in ${config.data}. Start one with "signalbox up", or set SIGNALBOX_DATA.`, EXIT.unavailable);
  const connection = await Connection.connect({ ...config.temporal.connectionOptions, connectTimeout: 3_000 }).catch((error: unknown) => {
    throw new Problem(
      `Temporal does not answer at ${config.temporal.connectionOptions.address ?? 'its address'} (${firstLine(error)}). Run "signalbox up".`,
      EXIT.unavailable,
    );
  });
  const store = await openStore({ path: join(config.data, 'store.db') });
  try {
    const client = new Client({ connection, namespace: config.temporal.namespace ?? 'default' });
    return await work({ config, store, client });
  } finally {
    await store.close();
    await connection.close();
  }
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
