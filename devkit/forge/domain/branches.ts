// Branches as the API knows them: what was taken in from git.
import type { Reader } from '../state/state.ts';
import type { PullRequest, Ref, Repository } from '../state/records.ts';

/** A branch; undefined if there is none of that name. */
export const refOf = (state: Reader, repositoryId: number, branch: string): Ref | undefined =>
  state.first('ref', 'name', `${repositoryId}/refs/heads/${branch}`);

/** The commit that a branch is at; undefined if there is no such branch. */
export const tipOf = (state: Reader, repositoryId: number, branch: string): string | undefined => refOf(state, repositoryId, branch)?.sha;

/** `owner:branch`, as GitHub labels the two ends of a pull request. */
export const labelOf = (state: Reader, repository: Repository, branch: string): string =>
  `${state.need('user', repository.ownerId).login}:${branch}`;

/** Where the merge queue keeps the merges that it tests. GitHub runs `merge_group` for them, never `push`. */
export const QUEUE_REFS = 'refs/heads/gh-readonly-queue/';

/** What a request is compared with: its base as it is, and once it is closed as it was at the last push: a merged head differs from no base. */
export const diffBaseOf = (state: Reader, pull: PullRequest): string =>
  (state.need('issue', pull.issueId).state === 'open' ? tipOf(state, pull.repositoryId, pull.baseRef) : undefined) ?? pull.baseSha;
