// Auto-merge: a request that merges itself once nothing is missing. Switched on and off here; carried out by merge-driver.ts.
import type { MergeMethod, PullRequest } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { branchRules } from './branch-rules.ts';
import { recordIssueEvent } from './issue-events.ts';
import { mergeStateOf } from './merge-state.ts';
import { allowedMethods } from './merge-methods.ts';
import { announce } from './pull-request-events.ts';
import { entryOf } from './queue-entries.ts';
import type { Scene } from './scene.ts';

export interface AutoMergeWish {
  readonly method: MergeMethod;
  readonly title: string | null;
  readonly message: string | null;
}

/** Why auto-merge cannot be switched on, in GitHub's words, or undefined. Write access is the caller's to check. */
export function problemOfAutoMerge(state: Reader, pull: PullRequest, method: MergeMethod): string | undefined {
  const repository = state.need('repository', pull.repositoryId);
  if (!repository.allowAutoMerge) return 'Pull request Auto merge is not allowed for this repository';
  if (state.need('issue', pull.issueId).state === 'closed') return 'Pull request is closed';
  if (pull.draft) return 'Pull request is in draft state';
  if (entryOf(state, pull) !== undefined) return 'Pull request is already in the queue';
  const hasQueue = branchRules(state, repository, pull.baseRef).queue !== null;
  if (!hasQueue && !allowedMethods(state, repository, pull.baseRef).includes(method))
    return `Merge method ${method} is not allowed on this repository`;
  const { mergeableState } = mergeStateOf(state, pull);
  if (mergeableState === 'clean' && !hasQueue) return 'Pull request is in clean status';
  if (mergeableState === 'unstable' && !hasQueue) return 'Pull request is in unstable status';
  return mergeableState === 'dirty' ? 'Pull request is in dirty status' : undefined;
}

/** To be called once `problemOfAutoMerge` has found none. Switched on anew, it takes what is wished now. */
export function enableAutoMerge(scene: Scene, pull: PullRequest, wish: AutoMergeWish): PullRequest {
  const { forge, transaction, actor } = scene;
  const changed = transaction.change('pullRequest', pull.id, { autoMerge: { enabledBy: actor.id, ...wish } });
  recordIssueEvent(transaction, { issue: transaction.need('issue', pull.issueId), actor, event: 'auto_merge_enabled' });
  announce(forge, transaction, changed, actor, {
    action: 'auto_merge_enabled',
    payload: { reason: 'Auto-merge was enabled by a user' },
    details: { method: wish.method },
  });
  return changed;
}

/** Nothing happens to a request that has it off. */
export function disableAutoMerge({ forge, transaction, actor }: Scene, pull: PullRequest, reason: string): PullRequest {
  if (pull.autoMerge === null) return pull;
  const changed = transaction.change('pullRequest', pull.id, { autoMerge: null });
  recordIssueEvent(transaction, { issue: transaction.need('issue', pull.issueId), actor, event: 'auto_merge_disabled' });
  announce(forge, transaction, changed, actor, { action: 'auto_merge_disabled', payload: { reason } });
  return changed;
}
