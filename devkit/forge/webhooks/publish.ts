// Tells webhooks of an event: one delivery a webhook that wants it, written in the transaction of the effect. Sent by deliver.ts.
import { randomUUID } from 'node:crypto';
import { presentRepository } from '../api/present/repository.ts';
import { presentUser } from '../api/present/user.ts';
import type { Forge } from '../forge.ts';
import type { Transaction } from '../state/state.ts';
import type { Repository, User, Webhook } from '../state/records.ts';

export interface Event {
  /** As GitHub names it, for example `pull_request`. */
  readonly name: string;
  /** What happened within it, for example `opened`; null where GitHub has none (push). */
  readonly action: string | null;
  /** What the payload has beside action, repository and sender. */
  readonly payload: Readonly<Record<string, unknown>>;
}

export function publish(forge: Forge, transaction: Transaction, repository: Repository, sender: User, event: Event): void {
  const webhooks = transaction.select('webhook', 'repository', repository.id).filter((webhook) => wants(webhook, event.name));
  if (webhooks.length === 0) return;
  const payload = JSON.stringify({
    ...(event.action === null ? {} : { action: event.action }),
    ...event.payload,
    repository: presentRepository(forge, transaction, repository),
    sender: presentUser(forge, sender),
  });
  for (const webhook of webhooks) {
    const guid = randomUUID();
    const copies = forge.random.chance(forge.settings.delays.webhooksDoubled) ? 2 : 1;
    const isLost = forge.random.chance(forge.settings.delays.webhooksLost);
    for (let copy = 0; copy < copies; copy++)
      transaction.add('delivery', {
        webhookId: webhook.id,
        repositoryId: repository.id,
        guid,
        event: event.name,
        action: event.action,
        payload,
        redelivery: false,
        dueAt: isLost ? Number.MAX_SAFE_INTEGER : Date.now() + forge.random.within(forge.settings.delays.webhooks),
        deliveredAt: null,
        durationMs: null,
        statusCode: null,
        status: 'pending',
        requestHeaders: null,
        responseHeaders: null,
        responseBody: null,
      });
  }
}

const wants = (webhook: Webhook, event: string): boolean =>
  webhook.active && (webhook.events.includes('*') || webhook.events.includes(event));
