// What we have looked at ourselves. A row never changes: looking again is another check, and the newest of its kind decides.
import type { Check, CheckKind, NewCheck } from '../../contracts/proof.ts';
import { read, write } from '../operation.ts';
import type { CheckRow } from '../schema.ts';
import { emit } from './events.ts';

export const checks = {
  /** Idempotent by the check's id; the first one stays. */
  add: write(async (scope, { commit, ...check }: NewCheck): Promise<void> => {
    const added = await scope.db
      .insertInto('checks')
      .values({ ...check, commitId: commit, at: scope.now })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst();
    if ((added.numInsertedOrUpdatedRows ?? 0n) === 0n) return;
    const { id, kind, outcome, because, repository } = check;
    await emit(scope, { kind: 'check.added', subject: repository, body: { id, kind, outcome, because, commit } });
  }),

  /** Checks of commits with one of these trees, oldest first. */
  of: read(async ({ db }, input: { readonly repository: string; readonly trees: readonly string[] }): Promise<Check[]> => {
    const rows = await db
      .selectFrom('checks')
      .selectAll()
      .where('repository', '=', input.repository)
      .where('tree', 'in', input.trees)
      .orderBy('seq')
      .execute();
    return rows.map(asCheck);
  }),
};

const asCheck = ({ seq: _, commitId, kind, outcome, ...row }: Omit<CheckRow, 'seq'> & { seq: number }): Check => ({
  ...row,
  commit: commitId,
  kind: kind as CheckKind,
  outcome: outcome as Check['outcome'],
});
