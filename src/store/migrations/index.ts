// Every migration, oldest first. Names are their order, so a new one gets the next number. They only add: an older process may still run.
import type { Migration } from 'kysely/migration';
import { kernel } from './0001-kernel.ts';

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-kernel': kernel,
};
