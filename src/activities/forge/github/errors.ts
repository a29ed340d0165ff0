// What GitHub's errors mean. It tells of a refusal by the status, GraphQL in an answer that is a success by its status.
import { RequestError } from 'octokit';
import type { EffectOutcome } from '../../../contracts/effect.ts';
import type { Refusal } from '../../../contracts/refusal.ts';

const LONGEST = 300;

/** The status with which it answered; undefined for what is no answer of it (octokit calls a dead connection a 500). */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof RequestError && error.response !== undefined ? error.status : undefined;

/** GitHub has refused, or did not answer: anything but a mistake of ours. */
export const isOfGitHub = (error: unknown): error is Error =>
  error instanceof RequestError || (error instanceof Error && error.name === 'GraphqlResponseError');

/** It could not be reached, or is in trouble. */
export const isAway = (error: unknown): boolean => error instanceof RequestError && (error.response === undefined || error.status >= 500);

/** It was deleted, moved away, or is hidden from us. */
export const isMissing = (error: unknown): boolean => [301, 404, 410].includes(statusOf(error) ?? 0);

/** @returns undefined for anything that time may mend: limits, outages, bugs */
export function refusalOfGitHub(error: unknown): Refusal | undefined {
  return error instanceof RequestError ? ofRest(error) : ofGraphql(error);
}

function ofRest(error: RequestError): Refusal | undefined {
  const { status, response, request } = error;
  if (response === undefined) return undefined;
  const reason = reasonOf(status, error.message);
  if (reason === undefined) return undefined;
  const asked = `${request.method} ${new URL(request.url).pathname}`;
  return { reason, asked, says: `${status} ${wordsOf(error)}`.slice(0, LONGEST) };
}

function reasonOf(status: number, words: string): Refusal['reason'] | undefined {
  if (status === 401) return 'token';
  if (status === 403) return /archived/i.test(words) ? 'archived' : 'rights';
  return status === 404 || status === 410 ? 'gone' : undefined;
}

function ofGraphql(error: unknown): Refusal | undefined {
  const asked = 'POST /graphql';
  const gone = graphqlRefusal(error, ['NOT_FOUND'])?.slice(0, LONGEST);
  if (gone !== undefined) return { reason: 'gone', asked, says: gone };
  const says = graphqlRefusal(error, ['FORBIDDEN', 'INSUFFICIENT_SCOPES'])?.slice(0, LONGEST);
  return says === undefined ? undefined : { reason: /archived/i.test(says) ? 'archived' : 'rights', asked, says };
}

/** Its words where an answer of GraphQL has an error of one of these types. */
export function graphqlRefusal(error: unknown, types: readonly string[]): string | undefined {
  const { name, errors } = error as { readonly name?: string; readonly errors?: readonly { type?: string; message: string }[] };
  return name === 'GraphqlResponseError' ? errors?.find(({ type }) => type !== undefined && types.includes(type))?.message : undefined;
}

/** What GraphQL answers where some of what was asked for in a repository is not there. @throws what says more than that */
export function withoutMissing<Answer extends { readonly repository: object | null }>(error: unknown): Answer {
  const { errors, data } = error as { readonly errors?: readonly { type?: string }[]; readonly data?: Answer | null };
  const isAnswered = data !== undefined && data !== null && data.repository !== null;
  if (!isAnswered || errors?.every(({ type }) => type === 'NOT_FOUND') !== true) throw error;
  return data;
}

/** Without the address of its documentation. */
export const wordsOf = (error: Error): string => error.message.split(' - http')[0] ?? '';

/** What it does; refused where the answer has one of these statuses. */
export async function unless<Result>(
  statuses: readonly number[],
  act: () => Promise<Result>,
  because: string | ((error: Error) => string) = String,
): Promise<EffectOutcome<Result>> {
  try {
    return { state: 'done', result: await act() };
  } catch (error) {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
    return { state: 'refused', because: typeof because === 'string' ? because : because(error as Error) };
  }
}

/** What it reads; null where the answer has one of these statuses: by itself, what is not there or not shown to us. */
export async function unlessMissing<T>(read: () => Promise<T>, statuses: readonly number[] = [403, 404, 422]): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
    return null;
  }
}
