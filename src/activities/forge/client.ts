// GitHub's API. It never retries and never waits by itself: Temporal retries, and a retry beneath the ledger would double effects.
import { Octokit, RequestError } from 'octokit';
import type { Call } from '../effects/effect.ts';

export interface ForgeAccess {
  readonly apiUrl: string;
  readonly token: string | undefined;
}

/** A client for reading; within an effect, one that is bound to the effect's call. */
export type Forge = (call?: Pick<Call, 'fetch' | 'signal'>) => Octokit;

export const createForge =
  ({ apiUrl, token }: ForgeAccess): Forge =>
  (call) =>
    new Octokit({
      baseUrl: apiUrl,
      ...(token === undefined ? {} : { auth: token }),
      retry: { enabled: false },
      throttle: { enabled: false },
      ...(call === undefined ? {} : { request: { fetch: call.fetch, signal: call.signal } }),
    });

/** The status with which the forge answered; undefined for what is no answer of it (octokit calls a dead connection a 500). */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof RequestError && error.response !== undefined ? error.status : undefined;

/** The forge could not be reached, or is in trouble: later may be better. */
export const isUnavailable = (error: unknown): boolean =>
  error instanceof RequestError && (error.response === undefined || error.status >= 500);
