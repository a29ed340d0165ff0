// Brings a store's schema up to what this code expects, or refuses to work on it. Starters may race: the database's lock orders them.
import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { StoreError } from './errors.ts';
import { migrations } from './migrations/index.ts';
import type { Database } from './schema.ts';

/** Applies what is missing. Safe to call from several processes at once. */
export async function migrate(db: Kysely<Database>): Promise<void> {
  refuseNewer(await applied(db));
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } }).migrateToLatest();
  if (error !== undefined) throw error as Error;
}

/** Throws unless exactly the known migrations were applied. */
export async function checkSchema(db: Kysely<Database>): Promise<void> {
  const names = await applied(db);
  refuseNewer(names);
  const missing = Object.keys(migrations).filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw new StoreError(
      'STORE_SCHEMA_INCOMPLETE',
      `The store lacks ${missing.join(', ')}. Stop what uses it, make a backup, and run \`signalbox up\`, which brings it up to date.`,
    );
}

function refuseNewer(names: readonly string[]): void {
  const unknown = names.filter((name) => !(name in migrations));
  if (unknown.length === 0) return;
  throw new StoreError(
    'STORE_SCHEMA_NEWER',
    `The store was written by a newer Signalbox (it has ${unknown.join(', ')}). Upgrade Signalbox, or restore a backup from before the upgrade.`,
  );
}

/** Names of the applied migrations, oldest first. A database with tables but none of ours is somebody else's. */
async function applied(db: Kysely<Database>): Promise<string[]> {
  const tables = (await db.introspection.getTables({ withInternalKyselyTables: true })).map((table) => table.name);
  if (!tables.includes('kysely_migration')) {
    if (tables.length > 0)
      throw new StoreError(
        'STORE_FOREIGN',
        `The database holds tables that are not Signalbox's (${tables.slice(0, 3).join(', ')}). Name a file of its own for the store.`,
      );
    return [];
  }
  const rows = await db
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .orderBy('name')
    .execute();
  return rows.map((row) => row.name);
}
