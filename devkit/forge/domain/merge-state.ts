// What GitHub calls `mergeable` and `mergeable_state`: derived from the last trial merge, protection, reviews and checks.
import type { PullRequest, TrialMerge } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { branchRules } from './branch-rules.ts';
import { tipOf } from './branches.ts';
import { checksOf } from './commit-checks.ts';
import { unmetRequirements } from './merge-requirements.ts';

export interface MergeState {
  /** Null while it is not known, and once the request is closed. */
  readonly mergeable: boolean | null;
  readonly mergeableState: 'clean' | 'dirty' | 'blocked' | 'behind' | 'unstable' | 'draft' | 'unknown';
}

/** The trial merge, if it was made of the commits that head and base are at now. */
export function currentTrial(state: Reader, pull: PullRequest): TrialMerge | undefined {
  const { trialMerge: trial } = pull;
  const isCurrent = trial !== null && trial.headSha === pull.headSha && trial.baseSha === tipOf(state, pull.repositoryId, pull.baseRef);
  return isCurrent ? trial : undefined;
}

export function mergeStateOf(state: Reader, pull: PullRequest): MergeState {
  const trial = currentTrial(state, pull);
  if (trial === undefined || state.need('issue', pull.issueId).state === 'closed') return { mergeable: null, mergeableState: 'unknown' };
  if (trial.commitSha === null) return { mergeable: false, mergeableState: 'dirty' };
  if (pull.draft) return { mergeable: true, mergeableState: 'draft' };
  const rules = branchRules(state, state.need('repository', pull.repositoryId), pull.baseRef);
  const unmet = unmetRequirements(state, pull, rules, trial);
  if (rules.locked || unmet.some(({ kind }) => kind !== 'behind')) return { mergeable: true, mergeableState: 'blocked' };
  if (unmet.length > 0) return { mergeable: true, mergeableState: 'behind' };
  const isGreen = [...checksOf(state, pull.repositoryId, pull.headSha).values()].every((verdict) => verdict === 'success');
  return { mergeable: true, mergeableState: isGreen ? 'clean' : 'unstable' };
}
