// Tasks that start when others have merged. Rows are written before a task starts and never changed, and name tasks that have begun before: so
// no cycle can arise.
import { read, write } from '../operation.ts';

export const chains = {
  /** Says whom a task, which has not started, waits for. Idempotent. */
  follow: write(async ({ db }, { task, after }: { readonly task: string; readonly after: readonly string[] }): Promise<void> => {
    for (const other of after)
      await db
        .insertInto('chains')
        .values({ task, after: other })
        .onConflict((conflict) => conflict.columns(['task', 'after']).doNothing())
        .execute();
  }),

  /** The tasks that a task waits for. */
  before: read(async ({ db }, { task }: { readonly task: string }): Promise<string[]> => {
    const rows = await db.selectFrom('chains').select('after').where('task', '=', task).orderBy('after').execute();
    return rows.map(({ after }) => after);
  }),

  /** The tasks that wait for a task. */
  followers: read(async ({ db }, { after }: { readonly after: string }): Promise<string[]> => {
    const rows = await db.selectFrom('chains').select('task').where('after', '=', after).orderBy('task').execute();
    return rows.map(({ task }) => task);
  }),
};
