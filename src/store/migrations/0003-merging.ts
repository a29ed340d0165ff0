// What is proven, what is to be merged and what was, and which webhooks came in. A released migration is never edited: stores have run it.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { sequence } from './columns.ts';

export const merging: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('checks')
      .addColumn('seq', ...sequence(db))
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('repository', 'text', (column) => column.notNull())
      .addColumn('commitId', 'text', (column) => column.notNull())
      .addColumn('tree', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('outcome', 'text', (column) => column.notNull())
      .addColumn('because', 'text', (column) => column.notNull())
      .addColumn('findings', 'text')
      .addColumn('session', 'text')
      .addColumn('evidence', 'text')
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('checksByTree').on('checks').columns(['repository', 'tree', 'seq']).execute();

    await db.schema
      .createTable('merges')
      .addColumn('seq', ...sequence(db))
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('lane', 'text', (column) => column.notNull())
      .addColumn('request', 'text', (column) => column.notNull())
      .addColumn('refJson', 'text', (column) => column.notNull())
      .addColumn('head', 'text', (column) => column.notNull())
      .addColumn('askedBy', 'text', (column) => column.notNull())
      .addColumn('contextJson', 'text', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('outcomeJson', 'text')
      .addColumn('settledAt', 'bigint')
      .execute();
    await db.schema.createIndex('mergesByLane').on('merges').columns(['lane', 'settledAt', 'seq']).execute();
    await db.schema.createIndex('mergesByRequest').on('merges').columns(['request', 'seq']).execute();

    await db.schema
      .createTable('mergeLog')
      .addColumn('request', 'text', (column) => column.primaryKey())
      .addColumn('repository', 'text', (column) => column.notNull())
      .addColumn('number', 'integer', (column) => column.notNull())
      .addColumn('head', 'text', (column) => column.notNull())
      .addColumn('sha', 'text', (column) => column.notNull())
      .addColumn('method', 'text')
      .addColumn('mergedBy', 'text', (column) => column.notNull())
      .addColumn('how', 'text', (column) => column.notNull())
      .addColumn('policyJson', 'text', (column) => column.notNull())
      .addColumn('proof', 'text', (column) => column.notNull())
      .addColumn('unmetJson', 'text', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('mergeLogByRepository').on('mergeLog').columns(['repository', 'at']).execute();

    await db.schema
      .createTable('deliveries')
      .addColumn('seq', ...sequence(db))
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('event', 'text', (column) => column.notNull())
      .addColumn('concernsJson', 'text', (column) => column.notNull())
      .addColumn('receivedAt', 'bigint', (column) => column.notNull())
      .addColumn('passedOnAt', 'bigint')
      .execute();
    await db.schema.createIndex('deliveriesDue').on('deliveries').columns(['passedOnAt', 'seq']).execute();
  },
};
