// What was asked of the forge, by hour, and what it has said last of our limits. Written by every process that asks, for people and for the
// polls, which leave a reserve.
import { read, write } from '../operation.ts';

export interface ForgeCalls {
  /** Milliseconds since 1970 at which the hour began. */
  readonly hour: number;
  /** As the forge names what it counts apart: "core", "graphql". */
  readonly resource: string;
  readonly calls: number;
  /** Of them, answered with "not modified": they cost no quota. */
  readonly unchanged: number;
}

export interface ForgeQuota {
  readonly resource: string;
  readonly most: number;
  readonly remaining: number;
  readonly resetsAt: number;
}

const KEPT_MS = 7 * 24 * 60 * 60_000;

export const forgeUse = {
  /** Adds to what was counted. */
  add: write(
    async ({ db, now }, input: { readonly calls: readonly ForgeCalls[]; readonly quotas: readonly ForgeQuota[] }): Promise<void> => {
      for (const { hour, resource, calls, unchanged } of input.calls)
        await db
          .insertInto('forgeCalls')
          .values({ hour, resource, calls, unchanged })
          .onConflict((conflict) =>
            conflict.columns(['hour', 'resource']).doUpdateSet((present) => ({
              calls: present('forgeCalls.calls', '+', calls),
              unchanged: present('forgeCalls.unchanged', '+', unchanged),
            })),
          )
          .execute();
      for (const quota of input.quotas) {
        const { most, remaining, resetsAt } = quota;
        await db
          .insertInto('forgeQuotas')
          .values({ ...quota, seenAt: now })
          .onConflict((conflict) => conflict.column('resource').doUpdateSet({ most, remaining, resetsAt, seenAt: now }))
          .execute();
      }
      await db
        .deleteFrom('forgeCalls')
        .where('hour', '<', now - KEPT_MS)
        .execute();
    },
  ),

  /** Calls of the hours since then, oldest first. */
  calls: read(async ({ db }, { since }: { readonly since: number }): Promise<ForgeCalls[]> => {
    return db.selectFrom('forgeCalls').selectAll().where('hour', '>=', since).orderBy('hour').orderBy('resource').execute();
  }),

  /** Limits that are still running. */
  quotas: read(async ({ db, now }, _: Readonly<Record<string, never>>): Promise<ForgeQuota[]> => {
    return db
      .selectFrom('forgeQuotas')
      .select(['resource', 'most', 'remaining', 'resetsAt'])
      .where('resetsAt', '>', now)
      .orderBy('resource')
      .execute();
  }),
};
