// Who has seen what people are asked or told.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const outboxSeen: Migration = {
  async up(db: Kysely<unknown>) {
    // One column a statement: SQLite adds no more at once.
    await db.schema.alterTable('outbox').addColumn('seenAt', 'bigint').execute();
    await db.schema.alterTable('outbox').addColumn('seenBy', 'text').execute();
  },
};
