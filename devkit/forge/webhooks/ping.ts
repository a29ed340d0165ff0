// The first event that every webhook gets, and the answer to who asks for one: that deliveries work.
import { presentWebhook } from '../api/present/webhook.ts';
import type { Forge } from '../forge.ts';
import type { Reader } from '../state/state.ts';
import type { Repository } from '../state/records.ts';
import type { Webhook } from '../state/webhook-records.ts';
import type { Event } from './publish.ts';

export function pingEvent(forge: Forge, state: Reader, repository: Repository, webhook: Webhook): Event {
  // GitHub's schema knows a last response only of a webhook that has had none.
  const { last_response, ...hook } = presentWebhook(forge, state, repository, webhook);
  const isUnused = last_response.code === null;
  return {
    name: 'ping',
    action: null,
    payload: {
      zen: 'Half measures are as bad as nothing at all.',
      hook_id: webhook.id,
      hook: isUnused ? { ...hook, last_response } : hook,
    },
  };
}
