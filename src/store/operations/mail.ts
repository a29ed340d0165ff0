// Mailboxes. A row is unseen until a record says what acted on it, or it goes back to its sender; nothing falls between.
import type { Selectable } from 'kysely';
import { toMailBody } from '../../contracts/mail-body.ts';
import { OURSELVES, type CloseOutcome, type Mail, type MailKind, type NewMail, type PostOutcome } from '../../contracts/mail.ts';
import { read, write, type Scope } from '../operation.ts';
import type { Database } from '../schema.ts';
import { emit } from './events.ts';
import { putItem } from './item.ts';

export const mail = {
  /**
   * Puts mail into a mailbox. A closed one gives it back (`notice`: and its sender, who does not hear the answer, finds that in the outbox),
   * or is opened again, as `ifClosed` says. A mailbox that nobody has closed
   * is open, also before its owner has started. Idempotent by the mail's id.
   */
  post: write((scope, input: ToPost): Promise<PostOutcome> => post(scope, input)),

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

  /** Closes a mailbox whose owner will not look again (killed, failed), and gives back what is unseen; people find a notice in the outbox. */
  giveBack: write(async (scope, input: { readonly address: string; readonly because: string }): Promise<Mail[]> => {
    const rows = await unseen(scope, input.address);
    for (const row of rows) await giveBackLater(scope, row, input.because);
    await setClosed(scope, input.address);
    return rows.map((row) => asMail({ ...row, returnedBecause: input.because }));
  }),

  /** Opens a mailbox whose owner begins anew. */
  open: write(async ({ db }, input: { readonly address: string }): Promise<void> => {
    await db.deleteFrom('closedMailboxes').where('address', '=', input.address).execute();
  }),

  /** Gives back what is out of date and unseen, oldest first and at most `limit`, so that its senders know: people by a notice in the outbox. */
  expire: write(async (scope, input: { readonly limit: number }): Promise<Mail[]> => {
    const rows = await scope.db
      .selectFrom('mail')
      .selectAll()
      .where('actedAt', 'is', null)
      .where('returnedAt', 'is', null)
      .where('expiresAt', '<=', scope.now)
      .orderBy('seq')
      .limit(input.limit)
      .execute();
    const because = (row: Row): string => `${row.recipient} had not seen it when it expired.`;
    for (const row of rows) await giveBackLater(scope, row, because(row));
    return rows.map((row) => asMail({ ...row, returnedBecause: because(row) }));
  }),

  /** Mail by its id, wherever it is in its life. */
  find: read(async ({ db }, input: { readonly id: string }): Promise<Mail | undefined> => {
    const row = await db.selectFrom('mail').selectAll().where('id', '=', input.id).executeTakeFirst();
    return row && asMail(row);
  }),
};

type ToPost = NewMail & { readonly ifClosed: 'return' | 'notice' | 'reopen' };

export async function post(scope: Scope, input: ToPost): Promise<PostOutcome> {
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
  if (closed && input.ifClosed !== 'reopen') {
    const because = `${input.to} has ended.`;
    await (input.ifClosed === 'notice' ? giveBackLater : giveBack)(scope, row, because);
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
      .returning(['recipient', 'kind', 'sender'])
      .executeTakeFirst();
    if (marked === undefined) continue;
    const { recipient, kind, sender: from } = marked;
    await emit(scope, { kind: 'mail.acted', subject: recipient, body: { mail: id, kind, from, by: input.by } });
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

async function giveBack(scope: Scope, row: Pick<Row, 'id' | 'recipient' | 'kind' | 'sender'>, because: string): Promise<void> {
  await scope.db.updateTable('mail').set({ returnedAt: scope.now, returnedBecause: because }).where('id', '=', row.id).execute();
  const { id: mail, recipient, kind, sender: to } = row;
  await emit(scope, { kind: 'mail.returned', subject: recipient, body: { mail, kind, to, because } });
}

/** What somebody believes to be delivered. Words of people come back as a notice; workflows sign with their ids, which have slashes, and we with our name. */
async function giveBackLater(scope: Scope, row: Row, because: string): Promise<void> {
  await giveBack(scope, row, because);
  if (row.sender.includes('/') || row.sender === OURSELVES || !WORDS.includes(row.kind)) return;
  const { text } = toMailBody(JSON.parse(row.bodyJson));
  const words = text.length <= MOST_QUOTED ? text : `${text.slice(0, MOST_QUOTED)}…`;
  const question = `Not seen by ${row.recipient}: "${words}", said by ${row.sender}. ${because}`;
  await putItem(scope, { id: `returned/${row.id}`, askedBy: row.recipient, question, accepts: [] });
}

/** Other mail only brings what is kept elsewhere. */
const WORDS: readonly string[] = ['steer', 'tell', 'answer'];
const MOST_QUOTED = 200;

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
