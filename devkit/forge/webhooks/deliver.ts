// Sends what is due to webhooks, each at its time. What is due stays on disk until its attempt is recorded: a kill in between sends it
// again (at least once). As on GitHub there is one attempt; who wants another asks for it.
import { inBackground } from '../background.ts';
import type { Forge } from '../forge.ts';
import type { DueDelivery, Webhook } from '../state/webhook-records.ts';
import type { Transaction } from '../state/state.ts';
import { send, type Outcome } from './send.ts';

/** To one webhook at once, so that a slow one holds up nobody else. Without delays: one, which keeps the order of events. */
const AT_ONCE = 10;
/** Attempts that are kept of a webhook. */
const KEPT = 100;

/** Returns what stops it: attempts under way are given up and stay due. */
export function startDeliveries(forge: Forge): () => Promise<void> {
  const atOnce = forge.settings.delays.webhooks[1] === 0 ? 1 : AT_ONCE;
  const underWay = new Map<number, Promise<void>>();
  const busy = new Map<number, number>();
  const stopped = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isPlanned = false;

  function sendDue(): void {
    isPlanned = false;
    if (stopped.signal.aborted) return;
    clearTimeout(timer);
    const now = Date.now();
    let next = Infinity;
    for (const due of forge.state.all('dueDelivery')) {
      if (underWay.has(due.id) || (busy.get(due.webhookId) ?? 0) >= atOnce) continue;
      if (due.dueAt > now) next = Math.min(next, due.dueAt);
      else start(due);
    }
    if (next < Infinity) timer = setTimeout(sendDue, next - now);
  }

  function start(due: DueDelivery): void {
    busy.set(due.webhookId, (busy.get(due.webhookId) ?? 0) + 1);
    underWay.set(
      due.id,
      inBackground(
        `the webhook ${due.event} ${due.guid}`,
        () => deliver(forge, due, stopped.signal),
        () => forge.state.transaction((transaction) => transaction.remove('dueDelivery', due.id)),
      ).then(() => {
        underWay.delete(due.id);
        busy.set(due.webhookId, (busy.get(due.webhookId) ?? 1) - 1);
        plan();
      }),
    );
  }

  /** After every transaction, once for all those of one turn of the event loop. */
  function plan(): void {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(sendDue);
  }

  forge.state.onCommit(plan);
  plan();
  return async () => {
    stopped.abort();
    clearTimeout(timer);
    await Promise.all(underWay.values());
  };
}

async function deliver(forge: Forge, due: DueDelivery, stopped: AbortSignal): Promise<void> {
  const webhook = forge.state.get('webhook', due.webhookId);
  const outcome = webhook === undefined ? undefined : await send(webhook, due, forge.settings, stopped);
  if (stopped.aborted) return;
  forge.state.transaction((transaction) => {
    if (transaction.get('dueDelivery', due.id) !== undefined) transaction.remove('dueDelivery', due.id);
    if (outcome !== undefined && transaction.get('webhook', due.webhookId) !== undefined) record(transaction, due, outcome);
  });
}

function record(transaction: Transaction, due: DueDelivery, outcome: Outcome): void {
  const { webhookId, guid, event, action, payload, redelivery } = due;
  transaction.add('delivery', { webhookId, guid, event, action, payload, redelivery, ...outcome });
  transaction.change('webhook', webhookId, { lastResponse: lastResponse(outcome) });
  const attempts = transaction.select('delivery', 'webhook', webhookId);
  for (const old of attempts.slice(0, Math.max(0, attempts.length - KEPT))) transaction.remove('delivery', old.id);
}

function lastResponse({ statusCode, status }: Outcome): Webhook['lastResponse'] {
  const kind = status === 'OK' ? 'active' : status === 'timed out' ? 'timeout' : 'misconfigured';
  return { code: statusCode, status: kind, message: status };
}
