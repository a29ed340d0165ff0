// What lets work begin by itself, and what asking the forge has cost: labels and webhooks that were dealt with, where each poll stands, calls
// and quotas.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const triggers: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('triggers')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('outcome', 'text', (column) => column.notNull())
      .addColumn('because', 'text', (column) => column.notNull())
      .addColumn('task', 'text')
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('polls')
      .addColumn('repository', 'text', (column) => column.primaryKey())
      .addColumn('cursorJson', 'text', (column) => column.notNull())
      .addColumn('failures', 'integer', (column) => column.notNull())
      .addColumn('said', 'text', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('nextAt', 'bigint')
      .execute();
    await db.schema
      .createTable('forgeCalls')
      .addColumn('hour', 'bigint', (column) => column.notNull())
      .addColumn('resource', 'text', (column) => column.notNull())
      .addColumn('calls', 'integer', (column) => column.notNull())
      .addColumn('unchanged', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('forgeCallsKey', ['hour', 'resource'])
      .execute();
    await db.schema
      .createTable('forgeQuotas')
      .addColumn('resource', 'text', (column) => column.primaryKey())
      .addColumn('most', 'integer', (column) => column.notNull())
      .addColumn('remaining', 'integer', (column) => column.notNull())
      .addColumn('resetsAt', 'bigint', (column) => column.notNull())
      .addColumn('seenAt', 'bigint', (column) => column.notNull())
      .execute();
  },
};
