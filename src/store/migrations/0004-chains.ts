// Which tasks wait for which others to be merged.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const chains: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('chains')
      .addColumn('task', 'text', (column) => column.notNull())
      .addColumn('after', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('chainsKey', ['task', 'after'])
      .execute();
    await db.schema.createIndex('chainsByAfter').on('chains').column('after').execute();
  },
};
