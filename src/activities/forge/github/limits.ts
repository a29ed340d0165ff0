// What GitHub says of when to ask again. A limit that was met is thrown as such (limit.ts), though it comes as a 403. Until it is over nothing
// is sent: asking on makes a limit longer.
import { RequestError, type Octokit } from 'octokit';
import { limited } from '../limit.ts';

const LONGEST_MS = 60 * 60_000;
/** GitHub: wait for at least a minute where no header says for how long. */
const UNSAID_MS = 60_000;

type Headers = Readonly<Record<string, string | number | undefined>>;
/** GitHub counts these two apart. */
type Api = 'rest' | 'graphql';

/** Until when each API is not asked, in milliseconds since 1970: what the clients of a process share. */
export type Held = Map<Api, number>;

/** Lets a client throw limits as such, and ask nothing while one holds. */
export function heedLimits(octokit: Octokit, held: Held, now: () => number = Date.now): void {
  octokit.hook.wrap('request', async (request, options) => {
    const api: Api = options.url.endsWith('/graphql') ? 'graphql' : 'rest';
    const waitMs = (held.get(api) ?? 0) - now();
    if (waitMs > 0) throw limited(waitMs, 'a limit that was met before');
    const hold = ({ ms, isOfBoth, says }: Limit): never => {
      for (const one of isOfBoth ? (['rest', 'graphql'] as const) : [api]) held.set(one, Math.max(held.get(one) ?? 0, now() + ms));
      throw limited(ms, says);
    };
    try {
      const response = await request(options);
      const limit = inAnswer(response.headers, response.data, now());
      return limit === null ? response : hold(limit);
    } catch (error) {
      const limit = inError(error, now());
      if (limit === null) throw error;
      return hold(limit);
    }
  });
}

interface Limit {
  readonly ms: number;
  /** One on bursts; it counts for whatever is asked. */
  readonly isOfBoth: boolean;
  readonly says: string;
}

function inError(error: unknown, now: number): Limit | null {
  if (!(error instanceof RequestError) || error.response === undefined) return null;
  const { status, message, response } = error;
  const headers: Headers = response.headers;
  const says = message.split(' - http')[0] ?? '';
  const isAsked = headers['retry-after'] !== undefined;
  // In trouble for a while, and not because of us: the next call may well be answered.
  if (status === 503 && isAsked) throw limited(waitBy(headers, now), says);
  const isMet = status === 429 || (status === 403 && (isAsked || isUsedUp(headers) || /rate limit|abuse/i.test(message)));
  return isMet ? { ms: waitBy(headers, now), isOfBoth: isAsked || !isUsedUp(headers), says } : null;
}

/** An answer of GraphQL is a success by its status. */
function inAnswer(headers: Headers, data: unknown, now: number): Limit | null {
  const errors = (data as { readonly errors?: unknown } | null)?.errors;
  const said = Array.isArray(errors) ? (errors as readonly { readonly type?: string; readonly message?: string }[]) : [];
  const met = said.find(({ type }) => type === 'RATE_LIMITED' || type === 'RATE_LIMIT');
  return met === undefined ? null : { ms: waitBy(headers, now), isOfBoth: false, says: met.message ?? '' };
}

const isUsedUp = (headers: Headers): boolean => String(headers['x-ratelimit-remaining']) === '0';

function waitBy(headers: Headers, now: number): number {
  const [after, reset] = [Number(headers['retry-after'] ?? NaN), Number(headers['x-ratelimit-reset'] ?? NaN)];
  const wait = Number.isFinite(after) ? after * 1_000 : isUsedUp(headers) && Number.isFinite(reset) ? reset * 1_000 - now : UNSAID_MS;
  return Math.min(LONGEST_MS, Math.max(1_000, wait));
}
