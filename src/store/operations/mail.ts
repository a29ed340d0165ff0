// Mailboxes. A row is unseen until a record says what acted on it, or it goes back to its sender; nothing falls between.
import type { Selectable } from 'kysely';
import type { CloseOutcome, Mail, MailKind, NewMail, PostOutcome } from '../../contracts/mail.ts';
import { read, write, type Scope } from '../operation.ts';
import type { Database } from '../schema.ts';
import { emit } from './events.ts';

export const mail = {
  /**
   * Puts mail into a mailbox. A closed one gives it back, or is opened again, as `ifClosed` says. A mailbox that nobody has closed
   * is open, also before its owner has started. Idempotent by the mail's id.
   */
  post: write((scope, input: NewMail & { readonly ifClosed: 'return' | 'reopen' }): Promise<PostOutcome> => post(scope, input)),

  /** What is unseen at an address, oldest first. It stays unseen until a record says that it was acted on. */
  take: read(async (scope, input: { readonly address: string }): Promise<Mail[]> => {
    return (await unseen(scope, input.address)).map(asMail);
  }),

  /** Says which record acted on the mail: a decision, a message, an effect. The first record stays. */
  acted: write((scope, input: { readonly mail: readonly string[]; readonly by: string }): Promise<void> => markActed(scope, input)),

  /** Closes a mailbox if nothing in it is unseen; else says what is. Mail that comes later is told so. */
  close: write(async (scope, input: { readonly address: string }): Promise<CloseOutcome> => {
    const rows = await unseen(scope, input.address);
    if (rows.length > 0) return { state: 'unseen', mail: rows.map(asMail) };
    await setClosed(scope, input.address);
    return { state: 'closed' };
  }),

  /** Closes a mailbox whose owner will not look again (killed, failed), and gives back what is unseen. */
  giveBack: write(async (scope, input: { readonly address: string; readonly because: string }): Promise<Mail[]> => {
    const rows = await unseen(scope, input.address);
    for (const row of rows) await giveBack(scope, row, input.because);
    await setClosed(scope, input.address);
    return rows.map((row) => asMail({ ...row, returnedBecause: input.because }));
  }),

  /** Mail by its id, wherever it is in its life. */
  find: read(async ({ db }, input: { readonly id: string }): Promise<Mail | undefined> => {
    const row = await db.selectFrom('mail').selectAll().where('id', '=', input.id).executeTakeFirst();
    return row && asMail(row);
  }),

  /** What came back to a sender, oldest first. */
  returned: read(async ({ db }, input: { readonly sender: string }): Promise<Mail[]> => {
    const rows = await db
      .selectFrom('mail')
      .selectAll()
      .where('sender', '=', input.sender)
      .where('returnedAt', 'is not', null)
      .orderBy('seq')
      .execute();
    return rows.map(asMail);
  }),
};

export async function post(scope: Scope, input: NewMail & { readonly ifClosed: 'return' | 'reopen' }): Promise<PostOutcome> {
  const { db, now } = scope;
  const before = await db.selectFrom('mail').selectAll().where('id', '=', input.id).executeTakeFirst();
  if (before !== undefined)
    return before.returnedBecause === null
      ? { state: 'posted', reopened: false }
      : { state: 'undelivered', because: before.returnedBecause };

  const row = await db
    .insertInto('mail')
    .values({
      id: input.id,
      recipient: input.to,
      sender: input.from,
      kind: input.kind,
      bodyJson: JSON.stringify(input.body ?? null),
      about: input.about ?? null,
      urgent: input.urgent === true ? 1 : 0,
      postedAt: now,
      expiresAt: input.expiresAt ?? null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await emit(scope, { kind: 'mail.posted', subject: input.to, body: { mail: input.id, kind: input.kind, from: input.from } });

  const closed = await isClosed(scope, input.to);
  if (closed && input.ifClosed === 'return') {
    const because = `${input.to} has ended.`;
    await giveBack(scope, row, because);
    return { state: 'undelivered', because };
  }
  if (closed) await db.deleteFrom('closedMailboxes').where('address', '=', input.to).execute();
  return { state: 'posted', reopened: closed };
}

export async function markActed(scope: Scope, input: { readonly mail: readonly string[]; readonly by: string }): Promise<void> {
  for (const id of input.mail) {
    const marked = await scope.db
      .updateTable('mail')
      .set({ actedAt: scope.now, actedBy: input.by })
      .where('id', '=', id)
      .where('actedAt', 'is', null)
      .executeTakeFirst();
    if (marked.numUpdatedRows > 0n) await emit(scope, { kind: 'mail.acted', subject: id, body: { by: input.by } });
  }
}

export async function isClosed({ db }: Scope, address: string): Promise<boolean> {
  return (await db.selectFrom('closedMailboxes').select('address').where('address', '=', address).executeTakeFirst()) !== undefined;
}

type Row = Selectable<Database['mail']>;

const unseen = ({ db, now }: Scope, address: string): Promise<Row[]> =>
  db
    .selectFrom('mail')
    .selectAll()
    .where('recipient', '=', address)
    .where('actedAt', 'is', null)
    .where('returnedAt', 'is', null)
    .where((row) => row.or([row('expiresAt', 'is', null), row('expiresAt', '>', now)]))
    .orderBy('seq')
    .execute();

async function giveBack(scope: Scope, row: Pick<Row, 'id' | 'sender'>, because: string): Promise<void> {
  await scope.db.updateTable('mail').set({ returnedAt: scope.now, returnedBecause: because }).where('id', '=', row.id).execute();
  await emit(scope, { kind: 'mail.returned', subject: row.id, body: { to: row.sender, because } });
}

async function setClosed({ db, now }: Scope, address: string): Promise<void> {
  await db
    .insertInto('closedMailboxes')
    .values({ address, closedAt: now })
    .onConflict((conflict) => conflict.column('address').doNothing())
    .execute();
}

function asMail(row: Row): Mail {
  return {
    id: row.id,
    to: row.recipient,
    from: row.sender,
    kind: row.kind as MailKind,
    body: JSON.parse(row.bodyJson) as unknown,
    urgent: row.urgent === 1,
    postedAt: row.postedAt,
    ...(row.about !== null && { about: row.about }),
    ...(row.expiresAt !== null && { expiresAt: row.expiresAt }),
    ...(row.actedBy !== null && { actedBy: row.actedBy }),
    ...(row.returnedBecause !== null && { returnedBecause: row.returnedBecause }),
  };
}
