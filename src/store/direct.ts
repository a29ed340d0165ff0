// Runs operations on a database from this very thread: what the store's own thread does, and what PostgreSQL will need, which waits elsewhere.
import { Kysely, type Dialect } from 'kysely';
import { asStoreError, StoreError } from './errors.ts';
import { checkSchema, migrate } from './migrate.ts';
import type { Operation } from './operation.ts';
import { operations } from './operations/index.ts';
import type { Database } from './schema.ts';
import type { Backend } from './store.ts';

export interface DirectOptions {
  readonly dialect: Dialect;
  /** Bring the schema up to date first. Without it, an older schema is refused. */
  readonly migrate: boolean;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}

export async function openDirect(options: DirectOptions): Promise<Backend> {
  const { dialect, clock = Date.now } = options;
  const db = new Kysely<Database>({ dialect });
  try {
    if (options.migrate) await migrate(db);
    await checkSchema(db);
  } catch (error) {
    await db.destroy();
    throw asStoreError(error);
  }
  const dispatch = async (area: string, name: string, input: unknown): Promise<unknown> => {
    const { access, run } = find(area, name);
    const transaction = db.transaction().setIsolationLevel('serializable').setAccessMode(access);
    try {
      return await transaction.execute((db) => run({ db, now: clock() }, input));
    } catch (error) {
      throw asStoreError(error);
    }
  };
  return { dispatch, close: () => db.destroy() };
}

function find(area: string, name: string): Operation<unknown, unknown> {
  const areas: Record<string, Record<string, Operation<never, unknown>>> = operations;
  const operation = areas[area]?.[name];
  if (operation === undefined) throw new StoreError('STORE_MISUSED', `The store has no operation ${area}.${name}.`);
  return operation as Operation<unknown, unknown>;
}
