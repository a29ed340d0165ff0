// Where the poll of each repository stands. A poll that dies before it has written this is made again from where it stood.
import { read, write } from '../operation.ts';

export interface PollState {
  /** "github.com/owner/repo". */
  readonly repository: string;
  /** JSON of whoever polls. */
  readonly cursor: unknown;
  /** In a row; 0 after one that succeeded. */
  readonly failures: number;
  /** What came of the last one, for people. */
  readonly said: string;
  /** Milliseconds since 1970; null where there is none to come. */
  readonly nextAt: number | null;
}

export const polls = {
  save: write(async ({ db, now }, { repository, cursor, ...rest }: PollState): Promise<void> => {
    const row = { ...rest, cursorJson: JSON.stringify(cursor), at: now };
    await db
      .insertInto('polls')
      .values({ repository, ...row })
      .onConflict((conflict) => conflict.column('repository').doUpdateSet(row))
      .execute();
  }),

  find: read(async ({ db }, { repository }: { readonly repository: string }): Promise<PollState | undefined> => {
    const row = await db.selectFrom('polls').selectAll().where('repository', '=', repository).executeTakeFirst();
    if (row === undefined) return undefined;
    const { cursorJson, failures, said, nextAt } = row;
    return { repository, cursor: JSON.parse(cursorJson) as unknown, failures, said, nextAt };
  }),

  all: read(async ({ db }, _: Readonly<Record<string, never>>): Promise<(Omit<PollState, 'cursor'> & { readonly at: number })[]> => {
    return db.selectFrom('polls').select(['repository', 'failures', 'said', 'nextAt', 'at']).orderBy('repository').execute();
  }),
};
