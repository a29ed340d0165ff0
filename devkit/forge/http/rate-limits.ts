// Both kinds of limit that GitHub has: so many requests an hour, and secondary ones on bursts. Counted in memory: a restart resets them.
import { Refusal } from './reply.ts';
import type { Limits } from '../settings.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

interface Usage {
  used: number;
  resetAt: number;
  underWay: number;
  contentAt: number[];
}

export interface RateLimits {
  /** Headers for any answer to this caller. */
  headers(caller: string): Record<string, string>;
  /** What GET /rate_limit says. */
  core(caller: string): { limit: number; used: number; remaining: number; reset: number };
  /** Counts a request, or refuses it. Returns what to call when the request has ended. */
  enter(caller: string, createsContent: boolean): () => void;
  /** Takes a request back: an answer 304 costs nothing. */
  refund(caller: string): void;
}

export function createRateLimits(limits: Limits, now: () => number = Date.now): RateLimits {
  const usages = new Map<string, Usage>();
  const usageOf = (caller: string): Usage => {
    let usage = usages.get(caller);
    if (usage === undefined || usage.resetAt <= now()) {
      usage = { used: 0, resetAt: now() + HOUR_MS, underWay: usage?.underWay ?? 0, contentAt: usage?.contentAt ?? [] };
      usages.set(caller, usage);
    }
    return usage;
  };
  const core = (caller: string): { limit: number; used: number; remaining: number; reset: number } => {
    const { used, resetAt } = usageOf(caller);
    const limit = limits.requestsPerHour;
    return { limit, used: Math.min(used, limit), remaining: Math.max(0, limit - used), reset: Math.ceil(resetAt / 1_000) };
  };
  return {
    core,
    headers: (caller) => {
      const { limit, used, remaining, reset } = core(caller);
      return {
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-used': String(used),
        'x-ratelimit-remaining': String(remaining),
        'x-ratelimit-reset': String(reset),
        'x-ratelimit-resource': 'core',
      };
    },
    enter: (caller, createsContent) => {
      const usage = usageOf(caller);
      if (usage.used >= limits.requestsPerHour) throw primaryLimit(caller);
      usage.used++;
      if (usage.underWay >= limits.concurrentRequests) throw secondaryLimit(1);
      if (createsContent) {
        usage.contentAt = usage.contentAt.filter((at) => at > now() - MINUTE_MS);
        const oldest = usage.contentAt[0];
        if (oldest !== undefined && usage.contentAt.length >= limits.contentPerMinute)
          throw secondaryLimit(Math.ceil((oldest + MINUTE_MS - now()) / 1_000));
        usage.contentAt.push(now());
      }
      usage.underWay++;
      return () => void usage.underWay--;
    },
    refund: (caller) => void usageOf(caller).used--,
  };
}

export const primaryLimit = (caller: string): Refusal => new Refusal(403, `API rate limit exceeded for ${caller}.`);

/** @param retryAfter seconds until a request may be made again */
export const secondaryLimit = (retryAfter: number, status: 403 | 429 = 403): Refusal =>
  new Refusal(
    status,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    {},
    { 'retry-after': String(retryAfter) },
  );
