// Makes one call to the world: with a deadline that holds even where a client ignores it, and with no retry beneath the ledger.
import { ApplicationFailure } from '@temporalio/common';
import type { Call } from './effect.ts';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A look: may read as often as it likes. */
export function look<T>(mark: string, deadlineMs: number, run: (call: Call) => Promise<T>): Promise<T> {
  return within(deadlineMs, (signal) => run({ signal, mark, fetch: (input, init) => fetch(input, withSignal(init, signal)) }));
}

/** An act: the same write is sent once, whatever its client thinks of retrying. */
export function act<T>(mark: string, deadlineMs: number, run: (call: Call) => Promise<T>): Promise<T> {
  const sent = new Set<string>();
  return within(deadlineMs, (signal) =>
    run({
      signal,
      mark,
      fetch: async (input, init) => {
        const name = writeOf(input, init);
        if (name !== undefined && sent.has(name)) throw retriedBeneath(name);
        if (name !== undefined) sent.add(name);
        return fetch(input, withSignal(init, signal));
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

/** What a request would write, or undefined if it reads. Two writes to one address differ in their bodies: GraphQL has one address for all. */
function writeOf(input: Parameters<typeof fetch>[0], init: RequestInit | undefined): string | undefined {
  const request = input instanceof Request ? input : undefined;
  const method = (init?.method ?? request?.method ?? 'GET').toUpperCase();
  if (READS.has(method)) return undefined;
  const url = input instanceof Request ? input.url : input.toString();
  return `${method} ${url} ${typeof init?.body === 'string' ? init.body : ''}`;
}

const retriedBeneath = (name: string): ApplicationFailure =>
  ApplicationFailure.retryable(
    `A client retried beneath the ledger (${name.slice(0, 200)}). Switch its retries off: Temporal retries, after a look.`,
    'RetriedBeneathLedger',
  );
