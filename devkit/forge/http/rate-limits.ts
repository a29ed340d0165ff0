// Both kinds of limit that GitHub has: so many requests an hour, and secondary ones on bursts. Counted in memory: a restart resets them.
import { Refusal } from './reply.ts';
import type { Limits } from '../settings.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** What GitHub counts apart: requests to REST, of which searches have limits of their own, and points of GraphQL. */
export type Resource = 'core' | 'search' | 'code_search' | 'graphql';

/** Whose requests are counted together: those of a token, or of an address that has none. */
export interface Counted {
  readonly key: string;
  readonly isAnonymous: boolean;
}

interface Window {
  used: number;
  resetAt: number;
}

interface Usage {
  readonly windows: Map<Resource, Window>;
  underWay: number;
  contentAt: number[];
}

export interface Limit {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Seconds since the epoch. */
  readonly reset: number;
}

export interface RateLimits {
  /** Headers for any answer to this caller. */
  headers(caller: Counted, resource: Resource): Record<string, string>;
  /** What GET /rate_limit says. */
  limit(caller: Counted, resource: Resource): Limit;
  /** Counts a request, or refuses it. Returns what to call when the request has ended. */
  enter(caller: Counted, request: { readonly resource: Resource; readonly createsContent: boolean }): () => void;
  /** Counts the making of a comment or the like, or refuses it; entering does so for what is known by its route. */
  countContent(caller: Counted): void;
  /** Takes a request back: an answer 304 costs nothing. */
  refund(caller: Counted, resource: Resource): void;
  /** Counts points of GraphQL beyond the first, which entering has counted. */
  charge(caller: Counted, points: number): void;
}

export function createRateLimits(limits: Limits, now: () => number = Date.now): RateLimits {
  const usages = new Map<string, Usage>();
  const usageOf = ({ key }: Counted): Usage => {
    const usage = usages.get(key) ?? { windows: new Map(), underWay: 0, contentAt: [] };
    usages.set(key, usage);
    return usage;
  };
  const windowOf = (caller: Counted, resource: Resource): Window => {
    const { windows } = usageOf(caller);
    const known = windows.get(resource);
    if (known !== undefined && known.resetAt > now()) return known;
    const fresh = { used: 0, resetAt: now() + (resource === 'search' || resource === 'code_search' ? MINUTE_MS : HOUR_MS) };
    windows.set(resource, fresh);
    return fresh;
  };
  const most = ({ isAnonymous }: Counted, resource: Resource): number => {
    if (resource === 'search') return isAnonymous ? limits.anonymousSearchesPerMinute : limits.searchesPerMinute;
    if (resource === 'code_search') return limits.codeSearchesPerMinute;
    return isAnonymous ? Math.min(limits.anonymousPerHour, limits.requestsPerHour) : limits.requestsPerHour;
  };
  const limitOf = (caller: Counted, resource: Resource): Limit => {
    const { used, resetAt } = windowOf(caller, resource);
    const limit = most(caller, resource);
    return { limit, used: Math.min(used, limit), remaining: Math.max(0, limit - used), reset: Math.ceil(resetAt / 1_000) };
  };
  const countContent = (caller: Counted): void => {
    const usage = usageOf(caller);
    usage.contentAt = usage.contentAt.filter((at) => at > now() - MINUTE_MS);
    const oldest = usage.contentAt[0];
    if (oldest !== undefined && usage.contentAt.length >= limits.contentPerMinute)
      throw secondaryLimit(Math.ceil((oldest + MINUTE_MS - now()) / 1_000));
    usage.contentAt.push(now());
  };
  return {
    limit: limitOf,
    countContent,
    headers: (caller, resource) => {
      const { limit, used, remaining, reset } = limitOf(caller, resource);
      return {
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-used': String(used),
        'x-ratelimit-remaining': String(remaining),
        'x-ratelimit-reset': String(reset),
        'x-ratelimit-resource': resource,
      };
    },
    enter: (caller, { resource, createsContent }) => {
      const usage = usageOf(caller);
      const window = windowOf(caller, resource);
      if (window.used >= most(caller, resource)) throw primaryLimit();
      window.used++;
      if (usage.underWay >= limits.concurrentRequests) throw secondaryLimit(1);
      if (createsContent) countContent(caller);
      usage.underWay++;
      return () => void usageOf(caller).underWay--;
    },
    refund: (caller, resource) => void windowOf(caller, resource).used--,
    charge: (caller, points) => void (windowOf(caller, 'graphql').used += points),
  };
}

export const primaryLimit = (): Refusal => new Refusal(403, 'API rate limit exceeded.');

/** @param retryAfter seconds until a request may be made again */
export const secondaryLimit = (retryAfter: number, status: 403 | 429 = 403): Refusal =>
  new Refusal(
    status,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    {},
    { 'retry-after': String(retryAfter) },
  );
