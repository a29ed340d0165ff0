// Starts a task: one workflow for a try of an issue. Started again, it is the same one.
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy, type WorkflowHandle } from '@temporalio/client';
import { GENERAL_QUEUE } from '../contracts/queues.ts';
import { searchAttributes } from '../contracts/search-attributes.ts';
import { taskId, type TaskInput, type TaskOutcome, type TaskRef } from '../contracts/task.ts';
import { TIMEOUTS } from '../contracts/timeouts.ts';
import type { Doors } from './send.ts';

export async function startTask(
  { client }: Doors,
  task: TaskRef,
  host: string,
): Promise<WorkflowHandle<(input: TaskInput) => Promise<TaskOutcome>>> {
  const input: TaskInput = { task, host, sessions: {}, decisions: 0, applied: null, paused: false };
  return client.workflow.start<(input: TaskInput) => Promise<TaskOutcome>>('task', {
    workflowId: taskId(task),
    taskQueue: GENERAL_QUEUE,
    args: [input],
    workflowTaskTimeout: TIMEOUTS.workflowTask,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    staticSummary: `${task.owner}/${task.repo}#${task.issue}`,
    typedSearchAttributes: [{ key: searchAttributes.workspace, value: task.workspace }],
  });
}
