// Everything that happened, appended in the transaction in which it happened, so that no row and its event can part.
import type { Event, EventKind, NewEvent } from '../../contracts/event.ts';
import { read, write, type Scope } from '../operation.ts';

export const events = {
  append: write(async (scope, input: { readonly events: readonly NewEvent[] }): Promise<void> => {
    for (const event of input.events) await emit(scope, event);
  }),

  /** Events after a position, oldest first, at most `limit`; those of one subject if it is named. */
  after: read(async ({ db }, input: { readonly seq: number; readonly limit: number; readonly subject?: string }): Promise<Event[]> => {
    const rows = await db
      .selectFrom('events')
      .selectAll()
      .where('seq', '>', input.seq)
      .$if(input.subject !== undefined, (query) => query.where('subject', '=', input.subject ?? ''))
      .orderBy('seq')
      .limit(input.limit)
      .execute();
    return rows.map(({ seq, at, kind, subject, bodyJson }) => ({
      seq,
      at,
      kind: kind as EventKind,
      subject,
      body: JSON.parse(bodyJson) as unknown,
    }));
  }),

  /** Position of the newest event; 0 where there is none. */
  last: read(async ({ db }, _: Readonly<Record<string, never>>): Promise<number> => {
    const row = await db.selectFrom('events').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst();
    return row?.seq ?? 0;
  }),
};

export async function emit({ db, now }: Scope, { kind, subject, body }: NewEvent): Promise<void> {
  await db
    .insertInto('events')
    .values({ kind, subject, bodyJson: JSON.stringify(body ?? null), at: now })
    .execute();
}
