// GitHub's API. It never retries and never waits by itself: Temporal retries, and a retry beneath the ledger would double effects. What was
// read before is asked for conditionally, every call is counted, and a limit that was met is kept (limits.ts).
import { Octokit } from 'octokit';
import { conditional, type Answers } from '../conditional.ts';
import type { Meter } from '../meter.ts';
import type { Forge } from '../provider.ts';
import { heedLimits, type Held } from './limits.ts';

export interface ForgeAccess {
  readonly apiUrl: string;
  readonly token: string | undefined;
}

/** What every look asks, as GitHub names it: REST and GraphQL are counted apart. */
export const COUNTED: readonly string[] = ['core', 'graphql'];

/** A client for reading; within an effect, one that is bound to the effect's call. */
export type Client = (...call: Parameters<Forge>) => Octokit;

/** What the clients of a process share. Without it nothing is remembered and nothing is counted. */
export interface ForgeProcess {
  readonly answers: Answers;
  readonly meter: Pick<Meter, 'counting'>;
}

/** A read that gets no answer is given up after this; whoever asked tries again. */
const DEADLINE_MS = 30_000;

export function createClient({ apiUrl, token }: ForgeAccess, shared?: ForgeProcess): Client {
  const through = (send: typeof fetch): typeof fetch =>
    shared === undefined ? send : conditional(shared.meter.counting(send), shared.answers);
  const patient = through((input, init) => fetch(input, { ...init, signal: init?.signal ?? AbortSignal.timeout(DEADLINE_MS) }));
  const held: Held = new Map();
  return (call) => {
    const octokit = new Octokit({
      baseUrl: apiUrl,
      ...(token === undefined ? {} : { auth: token }),
      retry: { enabled: false },
      throttle: { enabled: false },
      request: call === undefined ? { fetch: patient } : { fetch: through(call.fetch), signal: call.signal },
    });
    heedLimits(octokit, held);
    return octokit;
  };
}
