// The pull request that a path names, for every handler that is about one.
import { notFound } from '../http/reply.ts';
import type { PullRequest, Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';

export function needPull(state: Reader, repository: Repository, number: number): PullRequest {
  const pull = state.first('pullRequest', 'number', `${repository.id}/${number}`);
  if (pull === undefined) throw notFound();
  return pull;
}
