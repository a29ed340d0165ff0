// The trace of decisions, with what was seen. It repeats what the histories record, for whoever asks why.
import type { NewTraceEntry, TraceEntry } from '../../contracts/trace.ts';
import { canonicalBytes } from '../digest.ts';
import { read, write } from '../operation.ts';
import { putBytes } from './blobs.ts';
import { emit } from './events.ts';

export const decisions = {
  /** Records a decision and its facts; returns the digest of the facts. A later attempt of the same activity replaces an earlier one's. */
  record: write(async (scope, input: NewTraceEntry): Promise<string> => {
    const { workflow, seq, attempt, rule, because } = input;
    const facts = await putBytes(scope, canonicalBytes(input.facts));
    const row = { attempt, rule, because, actionJson: JSON.stringify(input.action), facts, at: scope.now };
    const written = await scope.db
      .insertInto('decisions')
      .values({ workflow, seq, ...row })
      .onConflict((conflict) => conflict.columns(['workflow', 'seq']).doUpdateSet(row).where('decisions.attempt', '<', attempt))
      .executeTakeFirst();
    if ((written.numInsertedOrUpdatedRows ?? 0n) > 0n)
      await emit(scope, { kind: 'decision', subject: workflow, body: { seq, rule, because, action: input.action, facts } });
    return facts;
  }),

  /** Number of the last decision of a workflow; 0 where there is none. A workflow that is started again goes on from it. */
  last: read(async ({ db }, input: { readonly workflow: string }): Promise<number> => {
    const { last } = await db
      .selectFrom('decisions')
      .select((row) => row.fn.coalesce(row.fn.max('seq'), row.lit(0)).as('last'))
      .where('workflow', '=', input.workflow)
      .executeTakeFirstOrThrow();
    return last;
  }),

  /** The decisions of a workflow after number `after`, in order, at most `limit`. */
  trace: read(
    async ({ db }, input: { readonly workflow: string; readonly after: number; readonly limit: number }): Promise<TraceEntry[]> => {
      const rows = await db
        .selectFrom('decisions')
        .selectAll()
        .where('workflow', '=', input.workflow)
        .where('seq', '>', input.after)
        .orderBy('seq')
        .limit(input.limit)
        .execute();
      return rows.map(({ workflow, seq, rule, because, actionJson, facts, at }) => ({
        workflow,
        seq,
        rule,
        because,
        action: JSON.parse(actionJson) as unknown,
        facts,
        at,
      }));
    },
  ),
};
