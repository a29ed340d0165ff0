// The merge queue of a branch: entries are built one upon the other, tested, and the base moves to the first that is green. One step of
// `advanceQueue` does all that the facts allow; merge-driver.ts calls it again when they change.
import type { Forge } from '../forge.ts';
import { moveRef } from '../git/refs.ts';
import type { MergeGroup, MergeQueueEntry, PullRequest, Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { branchRules, type BranchRules, type QueueRule } from './branch-rules.ts';
import { tipOf } from './branches.ts';
import { checksOf } from './commit-checks.ts';
import { buildGroup, removeDeadGroups } from './merge-groups.ts';
import { headToDelete } from './merge-pull-request.ts';
import { unmetRequirements } from './merge-requirements.ts';
import { currentTrial, mergeStateOf } from './merge-state.ts';
import { entryOf, queueOf, removeFromQueue, type DequeueReason } from './queue-entries.ts';
import { tryMerge } from './trial-merges.ts';

/** Why a request cannot be put into its base's queue, in GitHub's words, or undefined. Write access is the caller's to check. */
export function problemOfEnqueueing(state: Reader, pull: PullRequest): string | undefined {
  const repository = state.need('repository', pull.repositoryId);
  if (branchRules(state, repository, pull.baseRef).queue === null) return `Merge queue is not enabled for ${pull.baseRef}`;
  if (state.need('issue', pull.issueId).state === 'closed') return 'Pull request is closed';
  if (pull.draft) return 'Pull request is in draft state';
  if (entryOf(state, pull) !== undefined) return 'Pull request is already in the queue';
  const { mergeableState } = mergeStateOf(state, pull);
  return ['clean', 'unstable', 'behind'].includes(mergeableState) ? undefined : `Pull request is in ${mergeableState} status`;
}

/** To be called while holding the repository. */
export async function advanceQueue(forge: Forge, repository: Repository, baseRef: string): Promise<void> {
  const rules = branchRules(forge.state, repository, baseRef);
  if (rules.queue === null) clearQueue(forge, repository, baseRef);
  else {
    await build(forge, repository, baseRef, rules.queue);
    await mergeGreen(forge, repository, baseRef, rules, rules.queue);
  }
  await removeDeadGroups(forge, repository, baseRef);
}

/** Takes every request out of the queue. */
export function clearQueue(forge: Forge, repository: Repository, baseRef: string): void {
  for (const entry of queueOf(forge.state, repository.id, baseRef)) drop(forge, entry, 'MANUAL');
}

/** The same without telling anybody: the last way out where a bug keeps it from any other. */
export function dissolveQueue(forge: Forge, repository: Repository, baseRef: string): void {
  forge.state.transaction((transaction) => {
    for (const { id } of queueOf(transaction, repository.id, baseRef)) transaction.remove('mergeQueueEntry', id);
  });
}

function drop(forge: Forge, entry: MergeQueueEntry, reason: DequeueReason): void {
  forge.state.transaction((transaction) => {
    const actor = transaction.need('user', entry.enqueuedBy);
    removeFromQueue({ forge, transaction, actor }, transaction.need('pullRequest', entry.pullRequestId), reason);
  });
}

/** Each of the first entries has a group upon the one before; what is built upon anything else is built anew. */
async function build(forge: Forge, repository: Repository, baseRef: string, rule: QueueRule): Promise<void> {
  let onto = tipOf(forge.state, repository.id, baseRef);
  for (const { id } of queueOf(forge.state, repository.id, baseRef).slice(0, rule.maxEntriesToBuild)) {
    const entry = forge.state.get('mergeQueueEntry', id);
    if (onto === undefined || entry === undefined) continue;
    const group: MergeGroup | undefined =
      entry.group?.baseSha === onto ? entry.group : await buildGroup(forge, repository, entry, onto, rule.method);
    if (group === undefined) drop(forge, entry, 'MERGE_CONFLICT');
    else if (group !== entry.group) lookAgainWhenLate(forge, repository, baseRef, group, rule);
    onto = group?.sha ?? onto;
  }
}

const checkTimeoutMs = (forge: Forge, { checkTimeoutMinutes }: QueueRule): number =>
  checkTimeoutMinutes * forge.settings.limits.queueMinuteMs;

/** Checks that never come change nothing that would wake the queue. */
function lookAgainWhenLate(
  forge: Forge,
  repository: Repository,
  baseRef: string,
  { builtAt }: Pick<MergeGroup, 'builtAt'>,
  rule: QueueRule,
): void {
  const lateAt = builtAt + checkTimeoutMs(forge, rule);
  const inMs = Math.max(0, lateAt - Date.now());
  forge.later([inMs, inMs], async () => {
    // Timers keep a time of their own, which may be a millisecond ahead of the clock.
    if (Date.now() < lateAt) return lookAgainWhenLate(forge, repository, baseRef, { builtAt }, rule);
    await forge.exclusively(repository, async () => {
      if (forge.state.get('repository', repository.id) !== undefined) await advanceQueue(forge, repository, baseRef);
    });
  });
}

/** Sets the timers that a restart has lost. */
export function lookAgainAtGroups(forge: Forge): void {
  for (const { repositoryId, baseRef, group } of forge.state.all('mergeQueueEntry')) {
    const repository = forge.state.get('repository', repositoryId);
    if (repository === undefined) continue; // with it went its queue
    const { queue } = branchRules(forge.state, repository, baseRef);
    if (group !== null && queue !== null) lookAgainWhenLate(forge, repository, baseRef, group, queue);
  }
}

async function mergeGreen(forge: Forge, repository: Repository, baseRef: string, rules: BranchRules, rule: QueueRule): Promise<void> {
  for (const entry of queueOf(forge.state, repository.id, baseRef).slice(0, rule.maxEntriesToMerge)) {
    if (entry.group === null) return;
    const verdict = verdictOf(forge.state, repository.id, entry.group, rules);
    const isVouchedFor = rule.grouping === 'HEADGREEN' && laterIsGreen(forge.state, entry, rules, rule);
    if (verdict === 'failure' && !isVouchedFor) return drop(forge, entry, 'CI_FAILURE');
    if (verdict === 'pending' && !isVouchedFor) {
      const isLate = Date.now() - entry.group.builtAt >= checkTimeoutMs(forge, rule);
      return isLate ? drop(forge, entry, 'CI_TIMEOUT') : undefined;
    }
    if (await lacksApproval(forge, repository, entry, rules)) return drop(forge, entry, 'BRANCH_PROTECTIONS');
    if (!(await mergeGroup(forge, repository, entry, entry.group))) return;
  }
}

function verdictOf(state: Reader, repositoryId: number, group: MergeGroup, rules: BranchRules): 'success' | 'pending' | 'failure' {
  const checks = checksOf(state, repositoryId, group.sha);
  const verdicts = (rules.checks?.contexts ?? []).map((context) => checks.get(context) ?? 'pending');
  if (verdicts.includes('failure')) return 'failure';
  return verdicts.includes('pending') ? 'pending' : 'success';
}

/** A green group vouches for those that it is built upon. */
const laterIsGreen = (state: Reader, entry: MergeQueueEntry, rules: BranchRules, rule: QueueRule): boolean =>
  queueOf(state, entry.repositoryId, entry.baseRef)
    .slice(0, rule.maxEntriesToMerge)
    .some(({ id, group }) => id > entry.id && group !== null && verdictOf(state, entry.repositoryId, group, rules) === 'success');

/** The checks of the group have taken the place of those of the head. */
async function lacksApproval(forge: Forge, repository: Repository, entry: MergeQueueEntry, rules: BranchRules): Promise<boolean> {
  const pull = forge.state.need('pullRequest', entry.pullRequestId);
  const trial = currentTrial(forge.state, pull) ?? (await tryMerge(forge, repository, pull));
  return unmetRequirements(forge.state, pull, { ...rules, checks: null }, trial).length > 0;
}

async function mergeGroup(forge: Forge, repository: Repository, entry: MergeQueueEntry, group: MergeGroup): Promise<boolean> {
  const pull = forge.state.need('pullRequest', entry.pullRequestId);
  const actor = forge.state.need('user', entry.enqueuedBy);
  const change = {
    kind: 'merge',
    ref: `refs/heads/${entry.baseRef}`,
    newSha: group.sha,
    pullRequestId: pull.id,
    method: 'queue',
    deletes: [{ ref: group.ref, sha: group.sha }, ...headToDelete(forge.state, repository, pull, actor)],
  } as const;
  return moveRef(forge, repository, actor, change, group.baseSha);
}
