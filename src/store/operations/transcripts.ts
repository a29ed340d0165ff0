// What was said in a session, each step exactly once by its key. What a session has seen is marked together with what it answered.
import type { ExpressionBuilder } from 'kysely';
import { entryKey, isLastWord } from '../../contracts/said.ts';
import type { AppendOutcome, Entry, NewEntry } from '../../contracts/transcript.ts';
import { StoreError } from '../errors.ts';
import { read, write, type Scope } from '../operation.ts';
import type { Database, MessageRow } from '../schema.ts';
import { emit } from './events.ts';
import { markActed } from './mail.ts';

export const transcripts = {
  /**
   * Adds the messages of a step, unless an earlier attempt has: then its messages are returned, and nothing is marked. To a session that was
   * killed nothing is added, unless it begins again: its end is the last that is there.
   */
  append: write(async (scope, input: NewEntry): Promise<AppendOutcome> => {
    const { session, key, messages, acted = [], event, reopens = false } = input;
    if (messages.length === 0) throw new StoreError('STORE_MISUSED', `An entry of ${session} has no messages (${key}).`);
    const present = entryOf(await rowsOf(scope, session, key));
    if (present !== undefined) return { ...present, added: false };

    const last = await scope.db
      .selectFrom('messages')
      .select(['seq', 'messageJson'])
      .where('session', '=', session)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    const seq = (last?.seq ?? 0) + 1;
    if (!reopens && last !== undefined && isLastWord(JSON.parse(last.messageJson))) return { seq, key, messages, added: false };
    await scope.db
      .insertInto('messages')
      .values(messages.map((message, at) => ({ session, seq: seq + at, key, messageJson: JSON.stringify(message), at: scope.now })))
      .execute();
    await markActed(scope, { mail: acted, by: `${session}#${seq}` });
    await emit(scope, { kind: event?.kind ?? 'turn', subject: session, body: { key, seq, ...event?.body } });
    return { seq, key, messages, added: true };
  }),

  /** What an entry holds, if it is there. */
  entry: read(async (scope, input: { readonly session: string; readonly key: string }): Promise<Entry | undefined> => {
    return entryOf(await rowsOf(scope, input.session, input.key));
  }),

  /** What a turn has added so far: its reply, what the reply has seen, and a result for each call that has ended. In the order in which they came. */
  turn: read(async ({ db }, input: { readonly session: string; readonly turn: number }): Promise<unknown[]> => {
    const key = entryKey.turn(input.turn);
    const rows = await db
      .selectFrom('messages')
      .select('messageJson')
      .where('session', '=', input.session)
      .where((row) => row.or([row('key', '=', key), row.and([row('key', '>', `${key}/`), row('key', '<', `${key}0`)])]))
      .orderBy('seq')
      .execute();
    return rows.map(({ messageJson }) => JSON.parse(messageJson) as unknown);
  }),

  /** The messages after position `after` (0: from the start), in order. */
  read: read(
    async (
      { db },
      input: { readonly session: string; readonly after: number },
    ): Promise<{ readonly seq: number; readonly message: unknown }[]> => {
      const rows = await db
        .selectFrom('messages')
        .select(['seq', 'messageJson'])
        .where('session', '=', input.session)
        .where('seq', '>', input.after)
        .orderBy('seq')
        .execute();
      return rows.map(({ seq, messageJson }) => ({ seq, message: JSON.parse(messageJson) as unknown }));
    },
  ),

  /** When something was last added to a session by then; null: nothing was. Milliseconds since 1970. */
  lastAt: read(async ({ db }, input: { readonly session: string; readonly until: number }): Promise<number | null> => {
    const { last } = await db
      .selectFrom('messages')
      .select((row) => row.fn.max('at').as('last'))
      .where('session', '=', input.session)
      .where('at', '<=', input.until)
      .executeTakeFirstOrThrow();
    return last;
  }),

  /** What the turns of a session have added (replies, and what they have seen, without results of tools), and of all below its id. */
  turns: read(async ({ db }, input: { readonly prefix: string }): Promise<unknown[]> => {
    const rows = await db
      .selectFrom('messages')
      .select('messageJson')
      .where(isBelow(input.prefix))
      .where('key', 'like', 'turn/%')
      .where('key', 'not like', 'turn/%/%')
      .orderBy('session')
      .orderBy('seq')
      .execute();
    return rows.map(({ messageJson }) => JSON.parse(messageJson) as unknown);
  }),

  /** Milliseconds from the first to the last message of a session and of each below its id, added up. */
  took: read(async ({ db }, input: { readonly prefix: string }): Promise<number> => {
    const rows = await db
      .selectFrom('messages')
      .select((row) => [row.fn.min('at').as('from'), row.fn.max('at').as('to')])
      .where(isBelow(input.prefix))
      .groupBy('session')
      .execute();
    return rows.reduce((sum, { from, to }) => sum + to - from, 0);
  }),
};

/** What begins with the prefix and a slash sorts before what goes on with "0", the character after the slash. */
const isBelow = (prefix: string) => (row: ExpressionBuilder<Database, 'messages'>) =>
  row.or([row('session', '=', prefix), row.and([row('session', '>', `${prefix}/`), row('session', '<', `${prefix}0`)])]);

const rowsOf = ({ db }: Scope, session: string, key: string): Promise<MessageRow[]> =>
  db.selectFrom('messages').selectAll().where('session', '=', session).where('key', '=', key).orderBy('seq').execute();

function entryOf(rows: readonly MessageRow[]): Entry | undefined {
  const first = rows[0];
  if (first === undefined) return undefined;
  return { seq: first.seq, key: first.key, messages: rows.map((row) => JSON.parse(row.messageJson) as unknown) };
}
