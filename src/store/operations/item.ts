// Puts one item before people: a question, or a notice that accepts nothing.
import type { NewOutboxItem } from '../../contracts/outbox.ts';
import type { Scope } from '../operation.ts';
import { emit } from './events.ts';

/** The first item of an id stays. */
export async function putItem(scope: Scope, { id, askedBy, question, accepts, about }: NewOutboxItem): Promise<void> {
  const put = await scope.db
    .insertInto('outbox')
    .values({ id, askedBy, question, acceptsJson: JSON.stringify(accepts), about: about ?? null, askedAt: scope.now })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  if ((put.numInsertedOrUpdatedRows ?? 0n) > 0n) await emit(scope, { kind: 'outbox.asked', subject: askedBy, body: { item: id, accepts } });
}
