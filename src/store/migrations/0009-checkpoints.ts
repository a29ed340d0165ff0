// Unfinished work of worktrees.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { bytes } from './columns.ts';

export const checkpoints: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('checkpoints')
      .addColumn('worktree', 'text', (column) => column.primaryKey())
      .addColumn('takenFor', 'text', (column) => column.notNull())
      .addColumn('mirror', 'text', (column) => column.notNull())
      .addColumn('base', 'text', (column) => column.notNull())
      .addColumn('branch', 'text', (column) => column.notNull())
      .addColumn('head', 'text', (column) => column.notNull())
      .addColumn('work', 'text', (column) => column.notNull())
      .addColumn('bundle', bytes(db), (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute();
  },
};
