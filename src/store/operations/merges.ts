// What is to be merged, and what was. The merge lane of a repository works its rows off in the order in which they came.
import type { Selectable } from 'kysely';
import type { MergeAsk, MergeContext, MergeOutcome, NewMergeAsk } from '../../contracts/merge-lane.ts';
import type { MergePolicy, MergeWay } from '../../contracts/merge-policy.ts';
import type { GateName, MergeLogEntry, NewMergeLogEntry } from '../../contracts/proof.ts';
import type { Aftermath } from '../../contracts/merge-request-actions.ts';
import type { MergeRequestRef } from '../../contracts/work.ts';
import { read, write, type Scope } from '../operation.ts';
import type { Database, MergeLogRow } from '../schema.ts';
import { emit } from './events.ts';

export const merges = {
  /** Wishes for a merge. Idempotent by the wish's id; returns it as it stands. Wake the lane after it. */
  ask: write(async (scope, input: NewMergeAsk): Promise<MergeAsk> => {
    const { id, lane, request, head, askedBy } = input;
    const added = await scope.db
      .insertInto('merges')
      .values({
        id,
        lane,
        request,
        head,
        askedBy,
        at: scope.now,
        refJson: JSON.stringify(input.ref),
        contextJson: JSON.stringify(input.context),
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst();
    if ((added.numInsertedOrUpdatedRows ?? 0n) > 0n)
      await emit(scope, { kind: 'merge.asked', subject: request, body: { id, head, askedBy } });
    return asAsk(await scope.db.selectFrom('merges').selectAll().where('id', '=', id).executeTakeFirstOrThrow());
  }),

  /** What a lane has before it, oldest first. */
  waiting: read(async ({ db }, input: { readonly lane: string }): Promise<MergeAsk[]> => {
    const rows = db.selectFrom('merges').selectAll().where('lane', '=', input.lane).where('settledAt', 'is', null).orderBy('seq');
    return (await rows.execute()).map(asAsk);
  }),

  /** Everything that a request has wished for, oldest first. */
  of: read(async ({ db }, input: { readonly request: string }): Promise<MergeAsk[]> => {
    return (await db.selectFrom('merges').selectAll().where('request', '=', input.request).orderBy('seq').execute()).map(asAsk);
  }),

  /** Records how a wish ended, and with it the merge. The first outcome holds. */
  settle: write(
    async (
      scope,
      { id, outcome, log }: { readonly id: string; readonly outcome: MergeOutcome; readonly log?: NewMergeLogEntry },
    ): Promise<void> => {
      const settled = await scope.db
        .updateTable('merges')
        .set({ outcomeJson: JSON.stringify(outcome), settledAt: scope.now })
        .where('id', '=', id)
        .where('settledAt', 'is', null)
        .executeTakeFirst();
      if (settled.numUpdatedRows > 0n) await emit(scope, { kind: 'merge.settled', subject: id, body: outcome });
      if (log !== undefined) await addToLog(scope, log);
    },
  ),

  /** Puts a merge that nobody asked this installation for into the merge log (M19). A request is merged once: the first entry stays. */
  log: write((scope, entry: NewMergeLogEntry): Promise<void> => addToLog(scope, entry)),

  /** Puts something that became of a merge into the merge log. Idempotent by what it is. */
  noteAftermath: write(async (scope, { by, ...seen }: Aftermath & { readonly request: string }): Promise<void> => {
    const added = await scope.db
      .insertInto('aftermath')
      .values({ ...seen, author: by, at: scope.now })
      .onConflict((conflict) => conflict.columns(['request', 'kind', 'what']).doNothing())
      .executeTakeFirst();
    if ((added.numInsertedOrUpdatedRows ?? 0n) > 0n)
      await emit(scope, { kind: 'merge.aftermath', subject: seen.request, body: { ...seen, by } });
  }),

  /** What became of the merge of a request, oldest first. */
  aftermathOf: read(async ({ db }, input: { readonly request: string }): Promise<(Aftermath & { readonly at: number })[]> => {
    const rows = await db.selectFrom('aftermath').selectAll().where('request', '=', input.request).orderBy('at').orderBy('what').execute();
    return rows.map(({ kind, what, title, author, at }) => ({ kind: kind as Aftermath['kind'], what, title, by: author, at }));
  }),

  /** Merges at a time or later, oldest first. */
  loggedSince: read(async ({ db }, { since }: { readonly since: number }): Promise<MergeLogEntry[]> => {
    return (await db.selectFrom('mergeLog').selectAll().where('at', '>=', since).orderBy('at').execute()).map(asEntry);
  }),

  /** The merge of a request, if there was one. */
  logged: read(async ({ db }, input: { readonly request: string }): Promise<MergeLogEntry | undefined> => {
    const row = await db.selectFrom('mergeLog').selectAll().where('request', '=', input.request).executeTakeFirst();
    return row && asEntry(row);
  }),
};

async function addToLog(scope: Scope, { policy, unmet, by, ...entry }: NewMergeLogEntry): Promise<void> {
  const added = await scope.db
    .insertInto('mergeLog')
    .values({ ...entry, mergedBy: by, policyJson: JSON.stringify(policy), unmetJson: JSON.stringify(unmet), at: scope.now })
    .onConflict((conflict) => conflict.column('request').doNothing())
    .executeTakeFirst();
  if ((added.numInsertedOrUpdatedRows ?? 0n) > 0n)
    await emit(scope, { kind: 'merge.logged', subject: entry.request, body: { ...entry, by, unmet } });
}

function asAsk(row: Selectable<Database['merges']>): MergeAsk {
  const { id, lane, request, head, askedBy, at } = row;
  return {
    id,
    lane,
    request,
    head,
    askedBy,
    at,
    ref: JSON.parse(row.refJson) as MergeRequestRef,
    context: JSON.parse(row.contextJson) as MergeContext,
    outcome: row.outcomeJson === null ? null : (JSON.parse(row.outcomeJson) as MergeOutcome),
    settledAt: row.settledAt,
  };
}

const asEntry = ({ policyJson, unmetJson, mergedBy, method, how, ...entry }: MergeLogRow): MergeLogEntry => ({
  ...entry,
  by: mergedBy,
  method: method as MergeWay | null,
  how: how as MergeLogEntry['how'],
  policy: JSON.parse(policyJson) as MergePolicy,
  unmet: JSON.parse(unmetJson) as GateName[],
});
