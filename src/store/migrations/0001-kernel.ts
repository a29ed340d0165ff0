// The tables of the kernel. A released migration is never edited: stores have run it.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { bytes, sequence } from './columns.ts';

export const kernel: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('effects')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('class', 'text', (column) => column.notNull())
      .addColumn('targetJson', 'text', (column) => column.notNull())
      .addColumn('attempt', 'integer', (column) => column.notNull())
      .addColumn('leaseUntil', 'bigint', (column) => column.notNull())
      .addColumn('holder', 'text')
      .addColumn('outcomeJson', 'text')
      .addColumn('settledAt', 'bigint')
      .addColumn('settledAttempt', 'integer')
      .addColumn('sweepDue', 'integer', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('effectsToSweep').on('effects').columns(['sweepDue', 'settledAt']).execute();

    await db.schema
      .createTable('mail')
      .addColumn('seq', ...sequence(db))
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('recipient', 'text', (column) => column.notNull())
      .addColumn('sender', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('bodyJson', 'text', (column) => column.notNull())
      .addColumn('about', 'text')
      .addColumn('urgent', 'integer', (column) => column.notNull())
      .addColumn('postedAt', 'bigint', (column) => column.notNull())
      .addColumn('expiresAt', 'bigint')
      .addColumn('actedAt', 'bigint')
      .addColumn('actedBy', 'text')
      .addColumn('returnedAt', 'bigint')
      .addColumn('returnedBecause', 'text')
      .execute();
    await db.schema.createIndex('mailByRecipient').on('mail').columns(['recipient', 'actedAt', 'seq']).execute();
    await db.schema.createIndex('mailBySender').on('mail').columns(['sender', 'returnedAt']).execute();

    await db.schema
      .createTable('closedMailboxes')
      .addColumn('address', 'text', (column) => column.primaryKey())
      .addColumn('closedAt', 'bigint', (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('outbox')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('askedBy', 'text', (column) => column.notNull())
      .addColumn('question', 'text', (column) => column.notNull())
      .addColumn('acceptsJson', 'text', (column) => column.notNull())
      .addColumn('about', 'text')
      .addColumn('askedAt', 'bigint', (column) => column.notNull())
      .addColumn('answerMail', 'text')
      .addColumn('withdrawnAt', 'bigint')
      .addColumn('withdrawnBecause', 'text')
      .execute();
    await db.schema.createIndex('outboxByAsker').on('outbox').column('askedBy').execute();

    await db.schema
      .createTable('decisions')
      .addColumn('workflow', 'text', (column) => column.notNull())
      .addColumn('seq', 'integer', (column) => column.notNull())
      .addColumn('attempt', 'integer', (column) => column.notNull())
      .addColumn('rule', 'text', (column) => column.notNull())
      .addColumn('because', 'text', (column) => column.notNull())
      .addColumn('actionJson', 'text', (column) => column.notNull())
      .addColumn('facts', 'text', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('decisionsKey', ['workflow', 'seq'])
      .execute();

    await db.schema
      .createTable('messages')
      .addColumn('session', 'text', (column) => column.notNull())
      .addColumn('seq', 'integer', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('messageJson', 'text', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('messagesKey', ['session', 'seq'])
      .execute();
    await db.schema.createIndex('messagesByKey').on('messages').columns(['session', 'key']).execute();

    await db.schema
      .createTable('blobs')
      .addColumn('digest', 'text', (column) => column.primaryKey())
      .addColumn('bytes', bytes(db), (column) => column.notNull())
      .addColumn('size', 'integer', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('sources')
      .addColumn('workspace', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('generation', 'integer', (column) => column.notNull())
      .addColumn('beganAt', 'bigint', (column) => column.notNull())
      .addColumn('endedAt', 'bigint')
      .addColumn('outcome', 'text')
      .addPrimaryKeyConstraint('sourcesKey', ['workspace', 'source', 'generation'])
      .execute();

    await db.schema
      .createTable('events')
      .addColumn('seq', ...sequence(db))
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('bodyJson', 'text', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('eventsBySubject').on('events').columns(['subject', 'seq']).execute();

    await db.schema
      .createTable('pauses')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('until', 'bigint', (column) => column.notNull())
      .addColumn('because', 'text', (column) => column.notNull())
      .execute();
  },
};
