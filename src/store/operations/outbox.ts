// What people are asked. The first answer wins and becomes mail for who asked, in one transaction.
import type { Answer, AnswerOutcome, NewAnswer, NewOutboxItem, OutboxItem, Verdict } from '../../contracts/outbox.ts';
import { read, write, type Scope } from '../operation.ts';
import type { OutboxRow } from '../schema.ts';
import { emit } from './events.ts';
import { isClosed, post } from './mail.ts';

export const outbox = {
  /** Puts a question to people. Idempotent by the item's id. */
  ask: write(async (scope, input: NewOutboxItem): Promise<OutboxItem> => {
    const before = await find(scope, input.id);
    if (before !== undefined) return before;
    await scope.db
      .insertInto('outbox')
      .values({
        id: input.id,
        askedBy: input.askedBy,
        question: input.question,
        acceptsJson: JSON.stringify(input.accepts),
        about: input.about ?? null,
        askedAt: scope.now,
      })
      .execute();
    await emit(scope, { kind: 'outbox.asked', subject: input.askedBy, body: { item: input.id, accepts: input.accepts } });
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

  /** What waits for an answer, oldest first; of one workflow if it is named. */
  waiting: read((scope, input: { readonly askedBy?: string }): Promise<OutboxItem[]> => waitingAt(scope, input.askedBy)),
};

/** Why an answer does not fit an item that has none, or undefined. */
async function misfit(scope: Scope, item: OutboxItem, answer: NewAnswer): Promise<string | undefined> {
  if (item.withdrawnBecause !== undefined) return `${item.id} waits no longer: ${item.withdrawnBecause}`;
  if (await isClosed(scope, item.askedBy)) return `${item.id} waits no longer: ${item.askedBy} has ended.`;
  if (!item.accepts.includes(answer.verdict)) return `${item.id} takes ${item.accepts.join(' or ')}, not ${answer.verdict}.`;
  if (item.about !== undefined && answer.about !== item.about)
    return `${item.id} is about ${item.about}, and the answer about ${answer.about ?? 'nothing'}.`;
  return undefined;
}

const waits = (item: OutboxItem): boolean => item.answer === undefined && item.withdrawnBecause === undefined;

async function waitingAt(scope: Scope, askedBy: string | undefined): Promise<OutboxItem[]> {
  const rows = await items(scope)
    .where('outbox.answerMail', 'is', null)
    .where('outbox.withdrawnAt', 'is', null)
    .where('outbox.askedBy', 'not in', (mailboxes) => mailboxes.selectFrom('closedMailboxes').select('address'))
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
