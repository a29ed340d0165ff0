// Pauses that all workers keep together, one a name: a provider's quota that is spent, a forge that asks to be left alone.
import { read, write } from '../operation.ts';
import { emit } from './events.ts';

export interface Pause {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly because: string;
}

export const pauses = {
  /** Pauses until the given time. Of two pauses the longer one holds; returns the one that does. */
  set: write(async (scope, input: Pause): Promise<Pause> => {
    const { name, until, because } = input;
    const present = await scope.db.selectFrom('pauses').selectAll().where('name', '=', name).executeTakeFirst();
    if (present !== undefined && present.until >= until) return present;
    await scope.db
      .insertInto('pauses')
      .values({ name, until, because })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ until, because }))
      .execute();
    await emit(scope, { kind: 'pause.set', subject: name, body: { until, because } });
    return input;
  }),

  lift: write(async (scope, input: { readonly name: string }): Promise<void> => {
    const lifted = await scope.db.deleteFrom('pauses').where('name', '=', input.name).executeTakeFirst();
    if (lifted.numDeletedRows > 0n) await emit(scope, { kind: 'pause.lifted', subject: input.name, body: null });
  }),

  /** The pause that holds now, or undefined. */
  current: read(async ({ db, now }, input: { readonly name: string }): Promise<Pause | undefined> => {
    return db.selectFrom('pauses').selectAll().where('name', '=', input.name).where('until', '>', now).executeTakeFirst();
  }),
};
