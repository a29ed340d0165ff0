// Events that were to start a task and have been dealt with, whichever way they were heard of. What became of one stays: heard of again, it
// starts nothing.
import type { Triggered } from '../../contracts/trigger.ts';
import { read, write } from '../operation.ts';
import { emit } from './events.ts';

export const triggers = {
  /** The first outcome of an event stays; returns the one that does. */
  settle: write(async (scope, input: Triggered): Promise<Triggered> => {
    const { id, outcome, because, task } = input;
    const added = await scope.db
      .insertInto('triggers')
      .values({ id, outcome, because, task, at: scope.now })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst();
    if ((added.numInsertedOrUpdatedRows ?? 0n) > 0n)
      await emit(scope, { kind: `trigger.${outcome}`, subject: id, body: { outcome, because, task } });
    return {
      ...input,
      ...(await scope.db.selectFrom('triggers').select(['outcome', 'because', 'task']).where('id', '=', id).executeTakeFirstOrThrow()),
    } as Triggered;
  }),

  find: read(async ({ db }, { id }: { readonly id: string }): Promise<Triggered | undefined> => {
    const row = await db.selectFrom('triggers').select(['id', 'outcome', 'because', 'task']).where('id', '=', id).executeTakeFirst();
    return row as Triggered | undefined;
  }),
};
