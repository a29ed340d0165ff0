// `signalbox retry`: another try of a task that has ended without a merge, of the same ticket in the same pipeline.
import { defaultPayloadConverter, type Client } from '@temporalio/client';
import { sourceOfTask, type TaskInput } from '../../contracts/task.ts';
import { workflowStatus } from '../../activities/task/begin.ts';
import { withDoors } from './doors.ts';
import { findWork } from './find-work.ts';
import { Problem } from './problem.ts';
import { begin } from './run.ts';

export async function retry(named: string, options: { json?: true; wait?: true }): Promise<void> {
  await withDoors(async (doors) => {
    const { workflowId: id, runId } = await findWork(doors.client, named);
    const source = sourceOfTask(id);
    if (source === undefined) throw new Problem(`${id} is no task: only tasks can be tried again.`);
    if ((await workflowStatus(doors.client, id)) === 'RUNNING')
      throw new Problem(`${id} is at work. "signalbox kill ${id}" ends it, "signalbox tell ${id} <message>" speaks to it.`);
    const tries = await doors.store.sources.generations(source);
    if (tries.some(({ outcome }) => outcome === 'merged')) throw new Problem(`${source.source} is merged: there is nothing to try again.`);
    const { task, pipeline } = await inputOf(doors.client, id, runId);
    await begin(doors, { workspace: task.workspace, ticket: task, pipeline, after: [] }, options);
  });
}

/** What a run of a task was started with: the first event of its history. */
async function inputOf({ workflowService, options: { namespace } }: Client, workflowId: string, runId: string): Promise<TaskInput> {
  const { history } = await workflowService.getWorkflowExecutionHistory({
    namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const [payload] = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  if (payload === undefined) throw new Error(`the history of ${workflowId} has no start`);
  return defaultPayloadConverter.fromPayload<TaskInput>(payload);
}
