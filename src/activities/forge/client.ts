// GitHub's API. It never retries and never waits by itself: Temporal retries, and a retry beneath the ledger would double effects. What was
// read before is asked for conditionally, every call is counted, and a limit that was met is kept (limits.ts).
import { Octokit, RequestError } from 'octokit';
import type { Call } from '../effects/effect.ts';
import { conditional, type Answers } from './conditional.ts';
import { heedLimits, isLimit, type Held } from './limits.ts';
import type { Meter } from './meter.ts';

export interface ForgeAccess {
  readonly apiUrl: string;
  readonly token: string | undefined;
}

/** A client for reading; within an effect, one that is bound to the effect's call. */
export type Forge = (call?: Pick<Call, 'fetch' | 'signal'>) => Octokit;

/** What the clients of a process share. Without it nothing is remembered and nothing is counted. */
export interface ForgeProcess {
  readonly answers: Answers;
  readonly meter: Meter;
}

/** A read that gets no answer is given up after this; whoever asked tries again. */
const DEADLINE_MS = 30_000;

export function createForge({ apiUrl, token }: ForgeAccess, shared?: ForgeProcess): Forge {
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

/** The status with which the forge answered; undefined for what is no answer of it (octokit calls a dead connection a 500). */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof RequestError && error.response !== undefined ? error.status : undefined;

/** The forge has refused, or did not answer: anything but a mistake of ours. */
export const isOfForge = (error: unknown): error is Error =>
  error instanceof RequestError || isLimit(error) || (error instanceof Error && error.name === 'GraphqlResponseError');

/** The forge could not be reached, is in trouble, or has a limit: later may be better. */
export const isUnavailable = (error: unknown): boolean =>
  isLimit(error) || (error instanceof RequestError && (error.response === undefined || error.status >= 500));

/** The forge's words where an answer of GraphQL has an error of one of these types. */
export function graphqlRefusal(error: unknown, types: readonly string[]): string | undefined {
  const { name, errors } = error as { readonly name?: string; readonly errors?: readonly { type?: string; message: string }[] };
  return name === 'GraphqlResponseError' ? errors?.find(({ type }) => type !== undefined && types.includes(type))?.message : undefined;
}
