// Merges what merges by itself: requests with auto-merge, and the merge queues. It looks after every transaction, since any fact may have
// been the last that was missing; a look that finds nothing to do changes nothing, so that it comes to rest.
import type { Forge } from '../forge.ts';
import type { PullRequest, Repository } from '../state/records.ts';
import { disableAutoMerge } from './auto-merge.ts';
import { branchRules } from './branch-rules.ts';
import { mergeNow } from './merge-pull-request.ts';
import { advanceQueue } from './merge-queue.ts';
import { currentTrial, mergeStateOf } from './merge-state.ts';
import { addToQueue, entryOf } from './queue-entries.ts';
import { scheduleTrial } from './trial-merges.ts';

/** @returns what stops it, once the step under way has ended */
export function startMergeDriver(forge: Forge): () => Promise<void> {
  let isWanted = false;
  let isStopped = false;
  let running: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    while (isWanted && !isStopped) {
      isWanted = false;
      await driveAutoMerges(forge, () => isStopped);
      await driveQueues(forge, () => isStopped);
    }
    running = undefined;
  };
  const wake = (): void => {
    isWanted = true;
    if (!isStopped) running ??= Promise.resolve().then(look);
  };
  forge.state.onCommit(wake);
  wake();
  return async () => {
    isStopped = true;
    await running;
  };
}

async function driveAutoMerges(forge: Forge, isStopped: () => boolean): Promise<void> {
  for (const { id, repositoryId } of forge.state.all('pullRequest').filter(mayMergeItself(forge))) {
    const repository = forge.state.get('repository', repositoryId);
    if (isStopped() || repository === undefined) continue;
    await forge.exclusively(repository, async () => {
      const pull = forge.state.get('pullRequest', id);
      if (pull !== undefined && !isStopped() && mayMergeItself(forge)(pull)) await driveAutoMerge(forge, repository, pull);
    });
  }
}

const mayMergeItself =
  (forge: Forge) =>
  (pull: PullRequest): boolean =>
    pull.autoMerge !== null && pull.mergedAt === null && forge.state.get('issue', pull.issueId)?.state === 'open';

async function driveAutoMerge(forge: Forge, repository: Repository, pull: PullRequest): Promise<void> {
  const { autoMerge } = pull;
  if (autoMerge === null || entryOf(forge.state, pull) !== undefined) return;
  if (currentTrial(forge.state, pull) === undefined) return scheduleTrial(forge, pull);
  const { mergeableState } = mergeStateOf(forge.state, pull);
  if (mergeableState !== 'clean' && mergeableState !== 'unstable') return;
  const actor = forge.state.need('user', autoMerge.enabledBy);
  if (branchRules(forge.state, repository, pull.baseRef).queue !== null) {
    // Its place in the queue is what was wished for: a request that the queue drops is not put in again by itself.
    forge.state.transaction((transaction) =>
      addToQueue({ forge, transaction, actor }, transaction.change('pullRequest', pull.id, { autoMerge: null })),
    );
    return;
  }
  const outcome = await mergeNow(forge, repository, pull.id, actor, { ...autoMerge, headSha: pull.headSha }, { exempt: false });
  if (outcome.kind === 'merged') return;
  const because = outcome.kind === 'not mergeable' ? outcome.because : 'Head branch was modified';
  forge.state.transaction((transaction) => disableAutoMerge({ forge, transaction, actor }, pull, because));
}

async function driveQueues(forge: Forge, isStopped: () => boolean): Promise<void> {
  const queues = Map.groupBy(forge.state.all('mergeQueueEntry'), ({ repositoryId, baseRef }) => `${repositoryId}/${baseRef}`);
  for (const [first] of queues.values()) {
    const repository = first === undefined ? undefined : forge.state.get('repository', first.repositoryId);
    if (first === undefined || repository === undefined) continue;
    await forge.exclusively(repository, async () => {
      if (!isStopped() && forge.state.get('repository', repository.id) !== undefined) await advanceQueue(forge, repository, first.baseRef);
    });
  }
}
