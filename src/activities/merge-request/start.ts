// Puts a request into our hands and starts its owner: one workflow for a request. Started while it runs, it is the same one; one that was
// terminated takes up what the ledger knows.
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy, type Client } from '@temporalio/client';
import type { Custody, CustodyPolicy } from '../../contracts/custody.ts';
import type { MergeRequestOutcome } from '../../contracts/merge-request-actions.ts';
import type { MergeRequestInput, NewMergeRequest } from '../../contracts/merge-request.ts';
import { GENERAL_QUEUE } from '../../contracts/queues.ts';
import { searchAttributes } from '../../contracts/search-attributes.ts';
import { TIMEOUTS } from '../../contracts/timeouts.ts';
import { mergeRequestId } from '../../contracts/work.ts';
import { startPoll } from '../poll/start.ts';
import type { Store } from '../../store/store.ts';

export interface HandOver {
  readonly policy: CustodyPolicy;
  /** Who hands it over: a person, or the task that has made it. */
  readonly by: string;
  readonly because: string;
}

export interface Started {
  /** `running`: it was in our hands before, and its policy is what it was. `over`: its task has handed it over before, and that is over. */
  readonly state: 'began' | 'running' | 'over';
  readonly custody: Custody;
}

/** Idempotent as long as the request is in our hands; handed over by its task, for ever. */
export async function startMergeRequest(
  { client, store }: { readonly client: Client; readonly store: Store },
  request: Omit<NewMergeRequest, 'generation'>,
  { policy, by, because }: HandOver,
): Promise<Started> {
  const { ref, work, tell: task } = request;
  const id = mergeRequestId(ref);
  const started = await store.custody.begin({ request: id, policy, task, by, because });
  if (started.state === 'over') return started;
  if (started.state === 'began') await store.mail.open({ address: id });
  const decisions = await store.decisions.last({ workflow: id });
  const input: MergeRequestInput = {
    ...request,
    generation: started.custody.generation,
    sessions: {},
    reviews: {},
    decisions,
    applied: null,
    paused: false,
  };
  await client.workflow.start<(input: MergeRequestInput) => Promise<MergeRequestOutcome>>('mergeRequest', {
    workflowId: id,
    taskQueue: GENERAL_QUEUE,
    args: [input],
    workflowTaskTimeout: TIMEOUTS.workflowTask,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    staticSummary: `${ref.owner}/${ref.repo}#${ref.number}`,
    typedSearchAttributes: [{ key: searchAttributes.workspace, value: work.workspace }],
  });
  // For what no webhook tells it; it relies on that.
  await startPoll(client, ref);
  return started;
}
