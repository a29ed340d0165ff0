// What a request makes of a webhook: checked as GitHub does, against its other rules and the repository's other webhooks.
import type { Reader } from '../state/state.ts';
import type { Webhook } from '../state/webhook-records.ts';
import type { Settings } from '../settings.ts';
import { invalid, type Problem, type Refusal } from '../http/reply.ts';
import { problemOfAddress } from './address.ts';
import { EVENTS } from './events.ts';

/** Webhooks of one repository that may ask for the same event. */
const MOST_PER_EVENT = 20;

export type Wish = Pick<Webhook, 'url' | 'contentType' | 'secret' | 'insecureSsl' | 'events' | 'active'>;

interface Config {
  readonly url?: string;
  readonly content_type?: string;
  readonly secret?: string;
  readonly insecure_ssl?: string | number;
}

/** A config's fields in the place of `base`'s. Values that GitHub does not know are refused. */
export function configured(config: Config, base: Wish): Wish {
  const contentType = config.content_type ?? base.contentType;
  const insecureSsl = String(config.insecure_ssl ?? base.insecureSsl);
  if (contentType !== 'json' && contentType !== 'form') throw problem('content_type must be json or form');
  if (insecureSsl !== '0' && insecureSsl !== '1') throw problem('insecure_ssl must be 0 or 1');
  return { ...base, url: config.url ?? base.url, secret: config.secret ?? base.secret, contentType, insecureSsl };
}

/** @param own the webhook that is to be changed; none for a new one */
export function checkWish(wish: Wish, state: Reader, repositoryId: number, settings: Settings, own?: Webhook): void {
  if (wish.url === '') throw invalid({ resource: 'Hook', field: 'url', code: 'missing_field', message: 'url cannot be blank' });
  const wrong = problemOfAddress(wish.url, settings);
  if (wrong !== undefined) throw problem(wrong);
  const unknown = wish.events.filter((event) => !EVENTS.has(event));
  if (unknown.length > 0) throw problem(`Invalid event: ${unknown.join(', ')}`);
  if (wish.events.length === 0) throw problem('At least one event must be given');
  const others = state.select('webhook', 'repository', repositoryId).filter(({ id }) => id !== own?.id);
  const asksToo = (other: Webhook, event: string): boolean => other.events.includes(event) || other.events.includes('*') || event === '*';
  if (others.some((other) => sameConfig(other, wish) && wish.events.some((event) => asksToo(other, event))))
    throw problem('Hook already exists on this repository');
  const crowded = wish.events.find((event) => others.filter((other) => asksToo(other, event)).length >= MOST_PER_EVENT);
  if (crowded !== undefined) throw problem(`The "${crowded}" event cannot have more than ${MOST_PER_EVENT} hooks`);
}

const sameConfig = (one: Wish, other: Wish): boolean =>
  one.url === other.url && one.contentType === other.contentType && one.secret === other.secret && one.insecureSsl === other.insecureSsl;

const problem = (message: string): Refusal => invalid({ resource: 'Hook', code: 'custom', message } satisfies Problem);
