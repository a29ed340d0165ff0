// Who has begun a try of a source: the same firing of a schedule, retried, finds its own.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const begunBy: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('sources').addColumn('begunBy', 'text').execute();
  },
};
