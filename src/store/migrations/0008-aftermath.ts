// What became of merges afterwards.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const aftermath: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('aftermath')
      .addColumn('request', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('what', 'text', (column) => column.notNull())
      .addColumn('title', 'text', (column) => column.notNull())
      .addColumn('author', 'text', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('aftermathKey', ['request', 'kind', 'what'])
      .execute();
  },
};
