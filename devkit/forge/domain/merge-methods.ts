// By which methods a request may be merged: what the repository allows and the rules of its base leave.
import type { MergeMethod, Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { branchRules } from './branch-rules.ts';

export function allowedMethods(state: Reader, repository: Repository, branch: string, exempt = false): readonly MergeMethod[] {
  return branchRules(state, repository, branch, exempt).methods.filter((method) => repositoryAllows(repository, method));
}

export function repositoryAllows(repository: Repository, method: MergeMethod): boolean {
  switch (method) {
    case 'merge':
      return repository.allowMergeCommit;
    case 'squash':
      return repository.allowSquashMerge;
    case 'rebase':
      return repository.allowRebaseMerge;
  }
}
