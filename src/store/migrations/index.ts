// Every migration, oldest first. Names are their order, so a new one gets the next number. They only add: an older process may still run.
import { aftermath } from './0008-aftermath.ts';
import { checkpoints } from './0009-checkpoints.ts';
import type { Migration } from 'kysely/migration';
import { kernel } from './0001-kernel.ts';
import { outboxSeen } from './0002-outbox-seen.ts';
import { merging } from './0003-merging.ts';
import { chains } from './0004-chains.ts';
import { begunBy } from './0005-begun-by.ts';
import { custody } from './0006-custody.ts';
import { triggers } from './0007-triggers.ts';
import { begunAs } from './0010-begun-as.ts';

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-kernel': kernel,
  '0002-outbox-seen': outboxSeen,
  '0003-merging': merging,
  '0004-chains': chains,
  '0005-begun-by': begunBy,
  '0006-custody': custody,
  '0007-triggers': triggers,
  '0008-aftermath': aftermath,
  '0009-checkpoints': checkpoints,
  '0010-begun-as': begunAs,
};
