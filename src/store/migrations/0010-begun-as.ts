// Under which identity a try was begun, and what its branch is called: settings may change meanwhile, and what was begun does not.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const begunAs: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('sources').addColumn('begunAs', 'text').execute();
    await db.schema.alterTable('sources').addColumn('branch', 'text').execute();
  },
};
