// Removes a webhook with all that belongs to it; an attempt under way is not recorded.
import type { Transaction } from '../state/state.ts';

export function removeWebhook(transaction: Transaction, webhookId: number): void {
  for (const collection of ['dueDelivery', 'delivery'] as const)
    for (const { id } of transaction.select(collection, 'webhook', webhookId)) transaction.remove(collection, id);
  transaction.remove('webhook', webhookId);
}
