// What people are asked or told. The first answer wins and becomes mail for who asked, in one transaction.
import type { Answer, AnswerOutcome, NewAnswer, NewOutboxItem, OutboxItem, Verdict } from '../../contracts/outbox.ts';
import { read, write, type Scope } from '../operation.ts';
import type { OutboxRow } from '../schema.ts';
import { emit } from './events.ts';
import { putItem } from './item.ts';
import { isClosed, post } from './mail.ts';

export const outbox = {
  /** Puts a question to people. Idempotent by the item's id; one that was withdrawn waits again. */
  ask: write(async (scope, input: NewOutboxItem): Promise<OutboxItem> => {
    const before = await find(scope, input.id);
    if (before !== undefined && (before.answer !== undefined || before.withdrawnBecause === undefined)) return before;
    if (before !== undefined) {
      await scope.db.updateTable('outbox').set({ withdrawnAt: null, withdrawnBecause: null }).where('id', '=', input.id).execute();
      await emit(scope, { kind: 'outbox.asked', subject: before.askedBy, body: { item: before.id, accepts: before.accepts } });
      const { withdrawnBecause: _, ...again } = before;
      return again;
    }
    await putItem(scope, input);
    return { ...input, askedAt: scope.now };
  }),

  /** Gives an answer. The first that fits is put into the mailbox of who asked; any other changes nothing and is told what waits now. */
  answer: write(async (scope, input: NewAnswer): Promise<AnswerOutcome> => {
    const item = await find(scope, input.item);
    if (item?.answer !== undefined) return { state: 'answered already', answer: item.answer };
    const because = item === undefined ? `There is no item ${input.item}.` : await misfit(scope, item, input);
    if (item === undefined || because !== undefined) {
      const waiting = await waitingAt(scope, item?.askedBy);
      return { state: 'refused', because: because ?? '', waiting };
    }
    const mail = `answer/${item.id}`;
    const body = input.body ?? null;
    await post(scope, {
      id: mail,
      to: item.askedBy,
      from: input.by,
      kind: input.verdict,
      body,
      about: item.id,
      ifClosed: 'return',
    });
    await scope.db.updateTable('outbox').set({ answerMail: mail }).where('id', '=', item.id).execute();
    await emit(scope, { kind: 'outbox.answered', subject: item.askedBy, body: { item: item.id, verdict: input.verdict, by: input.by } });
    const answer: Answer = { verdict: input.verdict, by: input.by, body, at: scope.now, mail };
    return { state: 'accepted', item: { ...item, answer } };
  }),

  /** Somebody has seen it: a notice waits no longer, a question still does. The first stays. Undefined where there is no such item. */
  see: write(async (scope, input: { readonly id: string; readonly by: string }): Promise<OutboxItem | undefined> => {
    const item = await find(scope, input.id);
    if (item === undefined || item.seenBy !== undefined) return item;
    await scope.db.updateTable('outbox').set({ seenAt: scope.now, seenBy: input.by }).where('id', '=', input.id).execute();
    await emit(scope, { kind: 'outbox.seen', subject: item.askedBy, body: { item: input.id, by: input.by } });
    return { ...item, seenBy: input.by };
  }),

  /** The question is no longer of interest. Without effect on an item that has its answer. */
  withdraw: write(async (scope, input: { readonly id: string; readonly because: string }): Promise<void> => {
    const item = await find(scope, input.id);
    if (item === undefined || !waits(item)) return;
    await scope.db
      .updateTable('outbox')
      .set({ withdrawnAt: scope.now, withdrawnBecause: input.because })
      .where('id', '=', input.id)
      .execute();
    await emit(scope, { kind: 'outbox.withdrawn', subject: item.askedBy, body: { item: input.id, because: input.because } });
  }),

  find: read((scope, input: { readonly id: string }): Promise<OutboxItem | undefined> => find(scope, input.id)),

  /** Everything that a workflow has asked, oldest first: waiting, answered or withdrawn. */
  askedBy: read(async (scope, input: { readonly workflow: string }): Promise<OutboxItem[]> => {
    const rows = await items(scope).where('outbox.askedBy', '=', input.workflow).orderBy('outbox.askedAt').orderBy('outbox.id').execute();
    return rows.map(asItem);
  }),

  /** What waits for an answer or to be seen, oldest first; of one workflow if it is named. */
  waiting: read((scope, input: { readonly askedBy?: string }): Promise<OutboxItem[]> => waitingAt(scope, input.askedBy)),
};

/** Why an answer does not fit an item that has none, or undefined. */
async function misfit(scope: Scope, item: OutboxItem, answer: NewAnswer): Promise<string | undefined> {
  if (item.withdrawnBecause !== undefined) return `${item.id} waits no longer: ${item.withdrawnBecause}`;
  if (item.accepts.length === 0) return `${item.id} asks nothing: it is a notice, which can be marked as seen.`;
  if (await isClosed(scope, item.askedBy)) return `${item.id} waits no longer: ${item.askedBy} has ended.`;
  if (!item.accepts.includes(answer.verdict)) return `${item.id} takes ${item.accepts.join(' or ')}, not ${answer.verdict}.`;
  if (item.about !== undefined && answer.about !== item.about)
    return `${item.id} is about ${item.about}, and the answer about ${answer.about ?? 'nothing'}.`;
  return undefined;
}

/** What a notice accepts, as it is kept. */
const NOTHING = '[]';

const waits = (item: OutboxItem): boolean => item.answer === undefined && item.withdrawnBecause === undefined;

async function waitingAt(scope: Scope, askedBy: string | undefined): Promise<OutboxItem[]> {
  const rows = await items(scope)
    .where('outbox.answerMail', 'is', null)
    .where('outbox.withdrawnAt', 'is', null)
    .where((row) =>
      row.or([
        row.and([row('outbox.acceptsJson', '=', NOTHING), row('outbox.seenAt', 'is', null)]),
        row.and([
          row('outbox.acceptsJson', '!=', NOTHING),
          row('outbox.askedBy', 'not in', (mailboxes) => mailboxes.selectFrom('closedMailboxes').select('address')),
        ]),
      ]),
    )
    .$if(askedBy !== undefined, (query) => query.where('outbox.askedBy', '=', askedBy ?? ''))
    .orderBy('outbox.askedAt')
    .orderBy('outbox.id')
    .execute();
  return rows.map(asItem);
}

async function find(scope: Scope, id: string): Promise<OutboxItem | undefined> {
  const row = await items(scope).where('outbox.id', '=', id).executeTakeFirst();
  return row && asItem(row);
}

/** Items with the mail that carries their answer. */
const items = ({ db }: Scope) =>
  db
    .selectFrom('outbox')
    .leftJoin('mail', 'mail.id', 'outbox.answerMail')
    .selectAll('outbox')
    .select(['mail.kind as verdict', 'mail.sender as answeredBy', 'mail.bodyJson as answerJson', 'mail.postedAt as answeredAt']);

type ItemRow = OutboxRow & { verdict: string | null; answeredBy: string | null; answerJson: string | null; answeredAt: number | null };

function asItem(row: ItemRow): OutboxItem {
  return {
    id: row.id,
    askedBy: row.askedBy,
    question: row.question,
    accepts: JSON.parse(row.acceptsJson) as Verdict[],
    askedAt: row.askedAt,
    ...(row.about !== null && { about: row.about }),
    ...(row.withdrawnBecause !== null && { withdrawnBecause: row.withdrawnBecause }),
    ...(row.seenBy !== null && { seenBy: row.seenBy }),
    ...(row.answerMail !== null && { answer: answerOf(row, row.answerMail) }),
  };
}

const answerOf = (row: ItemRow, mail: string): Answer => ({
  verdict: row.verdict as Verdict,
  by: row.answeredBy ?? '',
  body: JSON.parse(row.answerJson ?? 'null') as unknown,
  at: row.answeredAt ?? 0,
  mail,
});
