// Places in a merge queue: taken and left. What the queue does with them: merge-queue.ts.
import { presentMergeGroup } from '../api/present/merge-group.ts';
import type { MergeGroup, MergeQueueEntry, PullRequest, Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { publish } from '../webhooks/publish.ts';
import { recordIssueEvent } from './issue-events.ts';
import { announce } from './pull-request-events.ts';
import type { Scene } from './scene.ts';

/** Why an entry left, as GitHub names it; a push to the head is its own reason here. */
export type DequeueReason = 'MANUAL' | 'MERGE' | 'MERGE_CONFLICT' | 'CI_FAILURE' | 'CI_TIMEOUT' | 'BRANCH_PROTECTIONS' | 'HEAD_MOVED';

export const entryOf = (state: Reader, pull: PullRequest): MergeQueueEntry | undefined =>
  state.first('mergeQueueEntry', 'pullRequest', pull.id);

/** The queue of a branch, the first to be merged first. */
export const queueOf = (state: Reader, repositoryId: number, baseRef: string): MergeQueueEntry[] =>
  state.select('mergeQueueEntry', 'repository', repositoryId).filter((entry) => entry.baseRef === baseRef);

/** The place of an entry in its queue, from 1. */
export const positionOf = (state: Reader, entry: MergeQueueEntry): number =>
  queueOf(state, entry.repositoryId, entry.baseRef).findIndex(({ id }) => id === entry.id) + 1;

export function addToQueue({ forge, transaction, actor }: Scene, pull: PullRequest): MergeQueueEntry {
  const entry = transaction.add('mergeQueueEntry', {
    repositoryId: pull.repositoryId,
    pullRequestId: pull.id,
    baseRef: pull.baseRef,
    enqueuedBy: actor.id,
    enqueuedAt: Date.now(),
    group: null,
  });
  recordIssueEvent(transaction, { issue: transaction.need('issue', pull.issueId), actor, event: 'added_to_merge_queue' });
  announce(forge, transaction, pull, actor, { action: 'enqueued', details: { base: pull.baseRef } });
  return entry;
}

/** Tells that the branch of a group is gone. */
export function publishGroupGone(
  { forge, transaction, actor }: Scene,
  repository: Repository,
  baseRef: string,
  group: Omit<MergeGroup, 'builtAt'>,
  reason: 'merged' | 'invalidated' | 'dequeued',
): void {
  const payload = { reason, merge_group: presentMergeGroup(baseRef, group) };
  publish(forge, transaction, repository, actor, { name: 'merge_group', action: 'destroyed', payload });
}

/** Nothing happens to a request that is in no queue. Entries behind it lose their groups, which were built upon it. */
export function removeFromQueue({ forge, transaction, actor }: Scene, pull: PullRequest, reason: DequeueReason): void {
  const entry = entryOf(transaction, pull);
  if (entry === undefined) return;
  const behind = queueOf(transaction, entry.repositoryId, entry.baseRef).filter(({ id }) => id > entry.id);
  if (reason !== 'MERGE')
    for (const { id, group } of behind) if (group !== null) transaction.change('mergeQueueEntry', id, { group: null });
  transaction.remove('mergeQueueEntry', entry.id);
  const issue = transaction.need('issue', pull.issueId);
  recordIssueEvent(transaction, { issue, actor, event: 'removed_from_merge_queue', details: { reason } });
  announce(forge, transaction, pull, actor, { action: 'dequeued', payload: { reason }, details: { reason } });
}
