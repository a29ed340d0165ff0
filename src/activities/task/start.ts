// Starts a task: one workflow for a try of a ticket. Started again, it is the same one, also when it has ended meanwhile.
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { GENERAL_QUEUE } from '../../contracts/queues.ts';
import { searchAttributes } from '../../contracts/search-attributes.ts';
import type { Pipeline } from '../../contracts/plan.ts';
import { sourceOf, taskId, type TaskInput, type TaskOutcome, type TaskRef } from '../../contracts/task.ts';
import { TIMEOUTS } from '../../contracts/timeouts.ts';

export async function startTask(
  { client }: { readonly client: Client },
  task: TaskRef,
  host: string,
  pipeline: Pipeline,
  afterMinutes?: number,
): Promise<WorkflowHandle<(input: TaskInput) => Promise<TaskOutcome>>> {
  const limit = afterMinutes === undefined ? {} : { afterMinutes };
  const input: TaskInput = { task, pipeline, host, ...limit, sessions: {}, reviews: {}, decisions: 0, applied: null, paused: false };
  const workflowId = taskId(task);
  try {
    return await client.workflow.start<(input: TaskInput) => Promise<TaskOutcome>>('task', {
      workflowId,
      taskQueue: GENERAL_QUEUE,
      args: [input],
      workflowTaskTimeout: TIMEOUTS.workflowTask,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      staticSummary: sourceOf(task),
      typedSearchAttributes: [{ key: searchAttributes.workspace, value: task.workspace }],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return client.workflow.getHandle(workflowId);
  }
}
