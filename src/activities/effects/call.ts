// Makes one call to the world: with a deadline that holds even where a client ignores it, with no retry beneath the ledger, and with no
// secret in what is published.
import { ApplicationFailure } from '@temporalio/common';
import type { Redact } from '../../secrets/redact.ts';
import type { Call } from './effect.ts';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A look: may read as often as it likes. */
export function look<T>(mark: string, deadlineMs: number, run: (call: Call) => Promise<T>): Promise<T> {
  return within(deadlineMs, (signal) => run({ signal, mark, fetch: (input, init) => fetch(input, withSignal(init, signal)) }));
}

/** An act: the same write is sent once, whatever its client thinks of retrying, and its body without secrets. */
export function act<T>(mark: string, deadlineMs: number, redact: Redact, run: (call: Call) => Promise<T>): Promise<T> {
  const sent = new Set<string>();
  return within(deadlineMs, (signal) =>
    run({
      signal,
      mark,
      fetch: async (input, init) => {
        const name = writeOf(input, init);
        if (name !== undefined && sent.has(name)) throw retriedBeneath(name);
        if (name !== undefined) sent.add(name);
        return fetch(input, withSignal(withoutSecrets(init, redact), signal));
      },
    }),
  );
}

async function within<T>(deadlineMs: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const failure = ApplicationFailure.retryable(`No answer within ${deadlineMs} ms.`, 'EffectTimedOut');
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    deadline.abort(failure);
    reject(failure);
  }, deadlineMs);
  try {
    return await Promise.race([run(deadline.signal), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function withSignal(init: RequestInit | undefined, signal: AbortSignal): RequestInit {
  return { ...init, signal: init?.signal ? AbortSignal.any([init.signal, signal]) : signal };
}

/** Headers stay: a token belongs there. */
function withoutSecrets(init: RequestInit | undefined, redact: Redact): RequestInit | undefined {
  const body = init?.body;
  if (typeof body !== 'string') return init;
  try {
    return { ...init, body: JSON.stringify(redact(JSON.parse(body))) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ...init, body: redact(body) }; // no JSON
  }
}

/** What a request would write, or undefined if it reads. Two writes to one address differ in their bodies: GraphQL has one address for all. */
function writeOf(input: Parameters<typeof fetch>[0], init: RequestInit | undefined): string | undefined {
  const request = input instanceof Request ? input : undefined;
  const method = (init?.method ?? request?.method ?? 'GET').toUpperCase();
  if (READS.has(method)) return undefined;
  const url = input instanceof Request ? input.url : input.toString();
  const body = typeof init?.body === 'string' ? init.body : '';
  return url.endsWith('/graphql') && isQuestion(body) ? undefined : `${method} ${url} ${body}`;
}

/** GraphQL reads by POST as well: what is no mutation changes nothing. */
function isQuestion(body: string): boolean {
  try {
    const { query } = JSON.parse(body) as { readonly query?: unknown };
    return typeof query === 'string' && /^\s*(query\b|\{)/.test(query) && !/\bmutation\b/.test(query);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return false;
  }
}

const retriedBeneath = (name: string): ApplicationFailure =>
  ApplicationFailure.retryable(
    `A client retried beneath the ledger (${name.slice(0, 200)}). Switch its retries off: Temporal retries, after a look.`,
    'RetriedBeneathLedger',
  );
