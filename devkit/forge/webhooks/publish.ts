// Tells webhooks of an event: one delivery a webhook that wants it, written in the transaction of the effect. Sent by deliver.ts.
import { randomUUID } from 'node:crypto';
import { presentRepository, fullName } from '../api/present/repository.ts';
import { presentUser } from '../api/present/user.ts';
import type { Forge } from '../forge.ts';
import type { Transaction } from '../state/state.ts';
import type { Repository, User } from '../state/records.ts';
import type { Webhook } from '../state/webhook-records.ts';

export interface Event {
  /** As GitHub names it, for example `pull_request`. */
  readonly name: string;
  /** What happened within it, for example `opened`; null where GitHub has none (push). */
  readonly action: string | null;
  /** What the payload has beside action, repository and sender; composed only if a webhook wants it. */
  readonly payload: Readonly<Record<string, unknown>> | (() => Readonly<Record<string, unknown>>);
}

/** To every active webhook of the repository that asked for such events. */
export function publish(forge: Forge, transaction: Transaction, repository: Repository, sender: User, event: Event): void {
  const wanted = (webhook: Webhook): boolean => webhook.active && (webhook.events.includes('*') || webhook.events.includes(event.name));
  const webhooks = transaction.select('webhook', 'repository', repository.id).filter(wanted);
  if (webhooks.length === 0) return;
  const payload = compose(forge, transaction, repository, sender, event);
  for (const webhook of webhooks) queue(forge, transaction, repository, sender, webhook, event, payload);
}

/** To one webhook, whatever it asked for: pings and tests. */
export function publishTo(
  forge: Forge,
  transaction: Transaction,
  repository: Repository,
  sender: User,
  webhook: Webhook,
  event: Event,
): void {
  queue(forge, transaction, repository, sender, webhook, event, compose(forge, transaction, repository, sender, event));
}

const compose = (forge: Forge, transaction: Transaction, repository: Repository, sender: User, event: Event): string =>
  JSON.stringify({
    ...(event.action === null ? {} : { action: event.action }),
    ...(typeof event.payload === 'function' ? event.payload() : event.payload),
    repository: presentRepository(forge, transaction, repository),
    sender: presentUser(forge, sender),
  });

/**
 * Late, out of order, doubled or lost, as the settings and the faults say. A lost one leaves nothing that GitHub would show: only the
 * forge's list of effects has it.
 */
function queue(
  forge: Forge,
  transaction: Transaction,
  repository: Repository,
  sender: User,
  webhook: Webhook,
  event: Event,
  payload: string,
): void {
  const { delays } = forge.settings;
  const scope = { repository: fullName(transaction, repository), actor: sender.login };
  const fault = forge.faults.strike(`webhook/${event.name}`, 'before', scope, ['lost', 'doubled', 'delay']);
  const guid = randomUUID();
  if (fault?.kind === 'lost' || forge.random.chance(delays.webhooksLost)) {
    transaction.effect({
      kind: 'webhook.lost',
      actor: sender.login,
      repository: fullName(transaction, repository),
      subject: guid,
      details: { webhook: webhook.id, event: event.name, action: event.action },
    });
    return;
  }
  const copies = fault?.kind === 'doubled' || forge.random.chance(delays.webhooksDoubled) ? 2 : 1;
  for (let copy = 0; copy < copies; copy++)
    transaction.add('dueDelivery', {
      webhookId: webhook.id,
      guid,
      event: event.name,
      action: event.action,
      payload,
      redelivery: false,
      dueAt: Date.now() + (fault?.kind === 'delay' ? fault.ms : forge.random.within(delays.webhooks)),
    });
}
