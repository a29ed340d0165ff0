// Webhooks that were accepted. A row is durable before the sender is answered; it is due until whom it concerns has been woken.
import type { Concerns, Delivery } from '../../contracts/delivery.ts';
import { read, write } from '../operation.ts';
import { emit } from './events.ts';

/** Longer than a forge sends a delivery again. */
const KEPT_MS = 7 * 24 * 60 * 60_000;

export const deliveries = {
  /** False if a delivery with this id is there already. Forgets those that were passed on a week ago. */
  accept: write(async (scope, input: Omit<Delivery, 'receivedAt'>): Promise<boolean> => {
    const { db, now } = scope;
    await db
      .deleteFrom('deliveries')
      .where('passedOnAt', '<', now - KEPT_MS)
      .execute();
    const added = await db
      .insertInto('deliveries')
      .values({ id: input.id, event: input.event, concernsJson: JSON.stringify(input.concerns), receivedAt: now })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst();
    const isNew = (added.numInsertedOrUpdatedRows ?? 0n) > 0n;
    const { id, event, concerns } = input;
    if (isNew) await emit(scope, { kind: 'delivery.accepted', subject: id, body: { event, ...concerns } });
    return isNew;
  }),

  /** What has not been passed on, oldest first. */
  due: read(async ({ db }, input: { readonly limit: number }): Promise<Delivery[]> => {
    const rows = await db.selectFrom('deliveries').selectAll().where('passedOnAt', 'is', null).orderBy('seq').limit(input.limit).execute();
    return rows.map(({ id, event, concernsJson, receivedAt }) => ({
      id,
      event,
      receivedAt,
      // Rows of an earlier version know requests only.
      concerns: {
        branch: null,
        issue: null,
        ready: false,
        start: null,
        ...(JSON.parse(concernsJson) as Pick<Concerns, 'repository' | 'requests' | 'commit'>),
      },
    }));
  }),

  passedOn: write(async (scope, input: { readonly ids: readonly string[] }): Promise<void> => {
    const passed = await scope.db
      .updateTable('deliveries')
      .set({ passedOnAt: scope.now })
      .where('id', 'in', input.ids)
      .where('passedOnAt', 'is', null)
      .returning(['id', 'event', 'receivedAt'])
      .execute();
    for (const { id, event, receivedAt } of passed)
      await emit(scope, { kind: 'delivery.passed-on', subject: id, body: { event, afterMs: scope.now - receivedAt } });
  }),
};
