// Webhooks of a repository and their deliveries. Only its admins may see them; to others there are none.
import { latestPush } from '../domain/latest-push.ts';
import type { OperationId } from '../github/supported.ts';
import { acting, type ActorCall, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { accepted, created, invalid, noContent, notFound, ok, unprocessable, type Reply } from '../http/reply.ts';
import type { Reader, Transaction } from '../state/state.ts';
import type { Repository, User } from '../state/records.ts';
import type { Delivery, Webhook } from '../state/webhook-records.ts';
import { pingEvent } from '../webhooks/ping.ts';
import { publishTo } from '../webhooks/publish.ts';
import { removeWebhook } from '../webhooks/remove.ts';
import { checkWish, configured, type Wish } from '../webhooks/wish.ts';
import { fullName } from './present/repository.ts';
import { presentConfig, presentDelivery, presentDeliveryItem, presentWebhook } from './present/webhook.ts';

const NEW: Wish = { url: '', contentType: 'form', secret: null, insecureSsl: '0', events: ['push'], active: true };

const managing = <Id extends OperationId>(
  id: Id,
  handle: (call: ActorCall<Id>) => Reply | Promise<Reply>,
  options: { lags?: boolean; createsContent?: boolean } = {},
): Operation => acting(id, 'admin', handle, { ...options, hidden: true });

export const webhookOperations: Operation[] = [
  managing(
    'repos/list-webhooks',
    (call) =>
      listOf(call, call.state.select('webhook', 'repository', call.repository.id), (webhook) =>
        presentWebhook(call.forge, call.state, call.repository, webhook),
      ),
    { lags: true },
  ),
  managing(
    'repos/create-webhook',
    ({ forge, actor, repository, body }) => {
      if (body.config === undefined)
        throw invalid({ resource: 'Hook', field: 'config', code: 'missing_field', message: 'config is required' });
      if ((body.name ?? 'web') !== 'web') throw invalid({ resource: 'Hook', field: 'name', code: 'invalid', message: 'name must be web' });
      const wish = {
        ...configured(body.config, NEW),
        events: [...new Set(body.events ?? NEW.events)],
        active: body.active ?? NEW.active,
      };
      const webhook = forge.state.transaction((transaction) => {
        checkWish(wish, transaction, repository.id, forge.settings);
        const now = Date.now();
        const added = transaction.add('webhook', {
          repositoryId: repository.id,
          ...wish,
          createdAt: now,
          updatedAt: now,
          lastResponse: { code: null, status: 'unused', message: null },
        });
        tell(transaction, actor, repository, 'created', added);
        if (added.active) publishTo(forge, transaction, repository, actor, added, pingEvent(forge, transaction, repository, added));
        return added;
      });
      const shown = presentWebhook(forge, forge.state, repository, webhook);
      return created(shown, shown.url);
    },
    { createsContent: true },
  ),
  managing('repos/get-webhook', ({ forge, state, repository, params }) =>
    ok(presentWebhook(forge, state, repository, webhookOf(state, repository, params.hook_id))),
  ),
  managing('repos/update-webhook', (call) => {
    const { forge, repository, body } = call;
    const changed = change(call, (webhook) => {
      // A secret that is not repeated with the config is taken away.
      const base = body.config === undefined ? webhook : configured(body.config, { ...webhook, secret: null });
      const removed = new Set(body.remove_events ?? []);
      const events = [...new Set([...(body.events ?? webhook.events), ...(body.add_events ?? [])])].filter((event) => !removed.has(event));
      return { ...base, events, active: body.active ?? webhook.active };
    });
    return ok(presentWebhook(forge, forge.state, repository, changed));
  }),
  managing('repos/delete-webhook', ({ forge, actor, repository, params }) => {
    forge.state.transaction((transaction) => {
      const webhook = webhookOf(transaction, repository, params.hook_id);
      removeWebhook(transaction, webhook.id);
      tell(transaction, actor, repository, 'deleted', webhook);
    });
    return noContent();
  }),
  managing('repos/get-webhook-config-for-repo', ({ state, repository, params }) =>
    ok(presentConfig(webhookOf(state, repository, params.hook_id))),
  ),
  managing('repos/update-webhook-config-for-repo', (call) => ok(presentConfig(change(call, (webhook) => configured(call.body, webhook))))),
  managing('repos/ping-webhook', ({ forge, actor, repository, params }) => {
    forge.state.transaction((transaction) => {
      const webhook = webhookOf(transaction, repository, params.hook_id);
      tell(transaction, actor, repository, 'pinged', webhook);
      publishTo(forge, transaction, repository, actor, webhook, pingEvent(forge, transaction, repository, webhook));
    });
    return noContent();
  }),
  managing('repos/test-push-webhook', async ({ forge, actor, repository, params }) => {
    const push = await latestPush(forge, repository, actor);
    forge.state.transaction((transaction) => {
      const webhook = webhookOf(transaction, repository, params.hook_id);
      tell(transaction, actor, repository, 'tested', webhook);
      const wantsPushes = webhook.events.includes('push') || webhook.events.includes('*');
      if (push !== undefined && wantsPushes) publishTo(forge, transaction, repository, actor, webhook, push);
    });
    return noContent();
  }),
  managing('repos/list-webhook-deliveries', deliveriesPage, { lags: true }),
  managing('repos/get-webhook-delivery', ({ state, repository, params }) => {
    const webhook = webhookOf(state, repository, params.hook_id);
    return ok(presentDelivery(repository, webhook, deliveryOf(state, webhook, params.delivery_id)));
  }),
  managing('repos/redeliver-webhook-delivery', ({ forge, actor, repository, params }) => {
    forge.state.transaction((transaction) => {
      const webhook = webhookOf(transaction, repository, params.hook_id);
      const { webhookId, guid, event, action, payload } = deliveryOf(transaction, webhook, params.delivery_id);
      transaction.add('dueDelivery', { webhookId, guid, event, action, payload, redelivery: true, dueAt: Date.now() });
      tell(transaction, actor, repository, 'redelivered', webhook, { delivery: params.delivery_id, guid });
    });
    return accepted({});
  }),
];

function webhookOf(state: Reader, repository: Repository, id: number): Webhook {
  const webhook = state.get('webhook', id);
  if (webhook?.repositoryId !== repository.id) throw notFound();
  return webhook;
}

function deliveryOf(state: Reader, webhook: Webhook, id: number): Delivery {
  const delivery = state.get('delivery', id);
  if (delivery?.webhookId !== webhook.id) throw notFound();
  return delivery;
}

type ChangeOf = ActorCall<'repos/update-webhook' | 'repos/update-webhook-config-for-repo'>;

function change(
  { forge, actor, repository, params }: Pick<ChangeOf, 'forge' | 'actor' | 'repository' | 'params'>,
  wish: (webhook: Webhook) => Wish,
): Webhook {
  return forge.state.transaction((transaction) => {
    const webhook = webhookOf(transaction, repository, params.hook_id);
    const wished = wish(webhook);
    checkWish(wished, transaction, repository.id, forge.settings, webhook);
    tell(transaction, actor, repository, 'edited', webhook);
    return transaction.change('webhook', webhook.id, { ...wished, updatedAt: Date.now() });
  });
}

/** An effect that no webhook tells of. */
function tell(
  transaction: Transaction,
  actor: User,
  repository: Repository,
  action: 'created' | 'edited' | 'deleted' | 'pinged' | 'tested' | 'redelivered',
  { id, url }: Webhook,
  details: Readonly<Record<string, unknown>> = {},
): void {
  transaction.effect({
    kind: `webhook.${action}`,
    actor: actor.login,
    repository: fullName(transaction, repository),
    subject: url,
    details: { webhook: id, ...details },
  });
}

/** Newest first; the cursor names the oldest one that was seen. */
function deliveriesPage({ state, repository, params, query, url }: ActorCall<'repos/list-webhook-deliveries'>): Reply {
  const webhook = webhookOf(state, repository, params.hook_id);
  const before = query.cursor === undefined ? Infinity : Number(/^v1_(\d{1,15})$/.exec(query.cursor)?.[1]);
  if (Number.isNaN(before)) throw unprocessable('The cursor is not one that a Link header gave.');
  const perPage = Math.min(Math.max(query.per_page ?? 30, 1), 100);
  const matching = state
    .select('delivery', 'webhook', webhook.id)
    .reverse()
    .filter(({ id, status }) => id < before && (query.status === undefined || (query.status === 'success') === (status === 'OK')));
  const shown = matching.slice(0, perPage);
  const next = new URL(url);
  next.searchParams.set('cursor', `v1_${shown.at(-1)?.id ?? 0}`);
  return {
    status: 200,
    body: shown.map((delivery) => presentDeliveryItem(repository, delivery)),
    headers: matching.length > perPage ? { link: `<${next.href}>; rel="next"` } : {},
  };
}
