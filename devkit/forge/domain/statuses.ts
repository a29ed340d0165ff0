// Commit statuses: who last said what about a commit, and what that amounts to.
import type { CommitStatus } from '../state/ci-records.ts';
import type { Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';

/** Every status of a commit, newest first. */
export const statusesOf = (state: Reader, repository: Repository, sha: string): CommitStatus[] =>
  state.select('commitStatus', 'commit', `${repository.id}/${sha}`).reverse();

/** The newest status of each context, in the order in which the contexts first appeared. */
export function latestStatuses(state: Reader, repository: Repository, sha: string): CommitStatus[] {
  const statuses = state.select('commitStatus', 'commit', `${repository.id}/${sha}`);
  return [...new Map(statuses.map((status) => [status.context, status])).values()];
}

/** What the statuses amount to: one failure fails all, and no status at all is pending. */
export function combinedState(statuses: readonly CommitStatus[]): 'failure' | 'pending' | 'success' {
  if (statuses.some(({ state }) => state === 'failure' || state === 'error')) return 'failure';
  return statuses.length > 0 && statuses.every(({ state }) => state === 'success') ? 'success' : 'pending';
}
