// Wakes who has to look: the lane of a repository, which is started if it is not there (it never ends, so nothing that has ended is
// started again), and a request's workflow, if it runs.
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { MergeLaneInput } from '../../contracts/merge-lane.ts';
import { GENERAL_QUEUE } from '../../contracts/queues.ts';
import { LOOK } from '../../contracts/signals.ts';
import { TIMEOUTS } from '../../contracts/timeouts.ts';
import { mergeLaneId, repositoryId, type RepositoryRef } from '../../contracts/work.ts';
import type { Store } from '../../store/store.ts';

/** Call after `store.merges.ask`. Repeating it is safe. */
export async function wakeLane(
  { client, store }: { readonly client: Client; readonly store: Store },
  repository: RepositoryRef,
): Promise<void> {
  const workflowId = mergeLaneId(repository);
  const decisions = await store.decisions.last({ workflow: workflowId });
  const { host, owner, repo } = repository;
  const input: MergeLaneInput = { repository: { host, owner, repo }, decisions, applied: null, paused: false };
  await client.workflow.signalWithStart('mergeLane', {
    workflowId,
    taskQueue: GENERAL_QUEUE,
    args: [input],
    signal: LOOK,
    signalArgs: [],
    workflowTaskTimeout: TIMEOUTS.workflowTask,
    staticSummary: `merges of ${repositoryId(repository)}`,
  });
}

/** Says LOOK to a workflow that runs; false if it does not: what it would see is in rows, or on the forge. */
export async function wakeIfRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(workflowId).signal(LOOK);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
