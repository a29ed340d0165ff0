// Merges what merges by itself: requests with auto-merge, and the merge queues. It looks after every transaction, since any fact may have
// been the last that was missing; a look that finds nothing to do changes nothing, so that it comes to rest.
import { inBackground } from '../background.ts';
import type { Forge } from '../forge.ts';
import { fullName } from '../api/present/repository.ts';
import type { CollectionName } from '../state/collections.ts';
import type { PullRequest, Repository } from '../state/records.ts';
import { disableAutoMerge } from './auto-merge.ts';
import { branchRules } from './branch-rules.ts';
import { mergeNow } from './merge-pull-request.ts';
import { baseOfGroup } from './merge-groups.ts';
import { advanceQueue, clearQueue, dissolveQueue, lookAgainAtGroups } from './merge-queue.ts';
import { currentTrial, mergeStateOf } from './merge-state.ts';
import { addToQueue, entryOf } from './queue-entries.ts';
import { scheduleTrial, tryMerge } from './trial-merges.ts';

export interface MergeDriver {
  /** Resolves once nothing is left to do. */
  settled(): Promise<void>;
  /** Resolves once the step under way has ended. */
  stop(): Promise<void>;
}

export function startMergeDriver(forge: Forge): MergeDriver {
  let isWanted = false;
  let isStopped = false;
  let running: Promise<unknown> | undefined;
  let candidates: number[] | undefined;
  const look = async (): Promise<void> => {
    while (isWanted && !isStopped) {
      isWanted = false;
      candidates ??= forge.state.all('pullRequest').flatMap(({ id, autoMerge }) => (autoMerge === null ? [] : [id]));
      await driveAutoMerges(forge, candidates, () => isStopped);
      await driveQueues(forge, () => isStopped);
    }
  };
  const wake = (changed?: ReadonlySet<CollectionName>): void => {
    if (changed?.has('pullRequest') === true) candidates = undefined;
    isWanted = true;
    if (!isStopped)
      running ??= Promise.resolve()
        .then(() => inBackground('the look at what merges by itself', look))
        .then(() => {
          running = undefined;
          if (isWanted) wake(); // asked for between the end of the look and here
        });
  };
  lookAgainAtGroups(forge);
  forge.state.onCommit(wake);
  wake();
  const settled = async (): Promise<void> => {
    while (running !== undefined) await running;
  };
  return {
    settled,
    stop: async () => {
      isStopped = true;
      await settled();
    },
  };
}

async function driveAutoMerges(forge: Forge, candidates: readonly number[], isStopped: () => boolean): Promise<void> {
  for (const id of candidates) {
    const known = forge.state.get('pullRequest', id);
    const repository = known === undefined ? undefined : forge.state.get('repository', known.repositoryId);
    if (isStopped() || known === undefined || repository === undefined || !mayMergeItself(forge)(known)) continue;
    await inBackground(
      `the auto-merge of ${fullName(forge.state, repository)}#${known.number}`,
      () =>
        forge.exclusively(repository, async () => {
          const pull = forge.state.get('pullRequest', id);
          if (pull !== undefined && !isStopped() && mayMergeItself(forge)(pull)) await driveAutoMerge(forge, repository, pull);
        }),
      (because) => switchOff(forge, id, because),
      () => forge.state.transaction((transaction) => transaction.change('pullRequest', id, { autoMerge: null })),
    );
  }
}

function switchOff(forge: Forge, id: number, because: string): void {
  forge.state.transaction((transaction) => {
    const pull = transaction.need('pullRequest', id);
    const actor = pull.autoMerge === null ? undefined : transaction.need('user', pull.autoMerge.enabledBy);
    if (actor !== undefined) disableAutoMerge({ forge, transaction, actor }, pull, because);
  });
}

const mayMergeItself =
  (forge: Forge) =>
  (pull: PullRequest): boolean =>
    pull.autoMerge !== null && pull.mergedAt === null && forge.state.get('issue', pull.issueId)?.state === 'open';

async function driveAutoMerge(forge: Forge, repository: Repository, pull: PullRequest): Promise<void> {
  const { autoMerge } = pull;
  if (autoMerge === null || entryOf(forge.state, pull) !== undefined) return;
  if (currentTrial(forge.state, pull) === undefined) {
    const [, longest] = forge.settings.delays.mergeability;
    if (longest > 0) return scheduleTrial(forge, pull);
    await tryMerge(forge, repository, pull);
  }
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

/** Also those that the last request has left: what was built for it is still there. */
async function driveQueues(forge: Forge, isStopped: () => boolean): Promise<void> {
  const places = [
    ...forge.state.all('mergeQueueEntry'),
    ...forge.state.select('ref', 'kind', 'queue').map(({ repositoryId, name }) => ({ repositoryId, baseRef: baseOfGroup(name) })),
  ];
  const queues = Map.groupBy(places, ({ repositoryId, baseRef }) => `${repositoryId}/${baseRef}`);
  for (const [first] of queues.values()) {
    const repository = first === undefined ? undefined : forge.state.get('repository', first.repositoryId);
    if (first === undefined || repository === undefined) continue;
    await inBackground(
      `the merge queue of ${fullName(forge.state, repository)}, ${first.baseRef}`,
      () =>
        forge.exclusively(repository, async () => {
          if (!isStopped() && forge.state.get('repository', repository.id) !== undefined)
            await advanceQueue(forge, repository, first.baseRef);
        }),
      () => clearQueue(forge, repository, first.baseRef),
      () => dissolveQueue(forge, repository, first.baseRef),
    );
  }
}
