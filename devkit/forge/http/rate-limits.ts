// Both kinds of limit that GitHub has: so many requests an hour, and secondary ones on bursts. Counted in memory: a restart resets them.
import { Refusal } from './reply.ts';
import type { Limits } from '../settings.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** What GitHub counts apart: requests to REST, and points of GraphQL. */
export type Resource = 'core' | 'graphql';

interface Usage {
  readonly used: Record<Resource, number>;
  resetAt: number;
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
  headers(caller: string, resource: Resource): Record<string, string>;
  /** What GET /rate_limit says. */
  limit(caller: string, resource: Resource): Limit;
  /** Counts a request, or refuses it. Returns what to call when the request has ended. */
  enter(caller: string, request: { readonly resource: Resource; readonly createsContent: boolean }): () => void;
  /** Counts the making of a comment or the like, or refuses it; entering does so for what is known by its route. */
  countContent(caller: string): void;
  /** Takes a request to REST back: an answer 304 costs nothing. */
  refund(caller: string): void;
  /** Counts points of GraphQL beyond the first, which entering has counted. */
  charge(caller: string, points: number): void;
}

export function createRateLimits(limits: Limits, now: () => number = Date.now): RateLimits {
  const usages = new Map<string, Usage>();
  const usageOf = (caller: string): Usage => {
    let usage = usages.get(caller);
    if (usage === undefined || usage.resetAt <= now()) {
      const { underWay = 0, contentAt = [] } = usage ?? {};
      usage = { used: { core: 0, graphql: 0 }, resetAt: now() + HOUR_MS, underWay, contentAt };
      usages.set(caller, usage);
    }
    return usage;
  };
  const limitOf = (caller: string, resource: Resource): Limit => {
    const { used, resetAt } = usageOf(caller);
    const limit = limits.requestsPerHour;
    return {
      limit,
      used: Math.min(used[resource], limit),
      remaining: Math.max(0, limit - used[resource]),
      reset: Math.ceil(resetAt / 1_000),
    };
  };
  const countContent = (caller: string): void => {
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
      if (usage.used[resource] >= limits.requestsPerHour) throw primaryLimit();
      usage.used[resource]++;
      if (usage.underWay >= limits.concurrentRequests) throw secondaryLimit(1);
      if (createsContent) countContent(caller);
      usage.underWay++;
      return () => void usageOf(caller).underWay--;
    },
    refund: (caller) => void usageOf(caller).used.core--,
    charge: (caller, points) => void (usageOf(caller).used.graphql += points),
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
