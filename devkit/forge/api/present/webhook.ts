// A webhook and its deliveries as GitHub shows them. Secrets never come back.
import type { components } from '@octokit/openapi-types';
import type { Forge } from '../../forge.ts';
import type { Reader } from '../../state/state.ts';
import type { Repository } from '../../state/records.ts';
import type { Delivery, Webhook } from '../../state/webhook-records.ts';
import { timestamp } from './common.ts';
import { repositoryLinks } from './repository.ts';

export const presentConfig = (webhook: Webhook): components['schemas']['webhook-config'] => ({
  content_type: webhook.contentType,
  insecure_ssl: webhook.insecureSsl,
  url: webhook.url,
  ...(webhook.secret === null ? {} : { secret: '********' }),
});

export function presentWebhook(forge: Forge, state: Reader, repository: Repository, webhook: Webhook): components['schemas']['hook'] {
  const url = `${repositoryLinks(forge, state, repository).api}/hooks/${webhook.id}`;
  return {
    type: 'Repository',
    id: webhook.id,
    name: 'web',
    active: webhook.active,
    events: [...webhook.events],
    config: presentConfig(webhook),
    updated_at: timestamp(webhook.updatedAt),
    created_at: timestamp(webhook.createdAt),
    url,
    test_url: `${url}/tests`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: webhook.lastResponse,
  };
}

/** In lists. */
export const presentDeliveryItem = (repository: Repository, delivery: Delivery) =>
  ({
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: new Date(delivery.deliveredAt).toISOString(),
    redelivery: delivery.redelivery,
    duration: delivery.durationMs / 1_000,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: null,
    repository_id: repository.id,
    throttled_at: null,
  }) satisfies components['schemas']['hook-delivery-item'];

/** By itself, with what was sent and what came back. */
export const presentDelivery = (repository: Repository, webhook: Webhook, delivery: Delivery): components['schemas']['hook-delivery'] => ({
  ...presentDeliveryItem(repository, delivery),
  url: webhook.url,
  request: { headers: delivery.requestHeaders, payload: JSON.parse(delivery.payload) as Record<string, unknown> },
  response: { headers: delivery.responseHeaders, payload: delivery.responseBody },
});
