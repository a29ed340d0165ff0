// Who has which merge request in hand.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { sequence } from './columns.ts';

export const custody: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('custody')
      .addColumn('seq', ...sequence(db))
      .addColumn('request', 'text', (column) => column.notNull())
      .addColumn('generation', 'integer', (column) => column.notNull())
      .addColumn('word', 'text', (column) => column.notNull())
      .addColumn('policy', 'text')
      .addColumn('task', 'text')
      .addColumn('saidBy', 'text', (column) => column.notNull())
      .addColumn('because', 'text', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('custodyByRequest').on('custody').columns(['request', 'generation']).execute();
    await db.schema.createIndex('custodyByTask').on('custody').column('task').execute();
  },
};
