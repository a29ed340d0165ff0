// `signalbox retry`: another try of a task that has ended without a merge, of the same ticket in the same pipeline.
import { sourceOfTask, type TaskInput } from '../../contracts/task.ts';
import { workflowStatus } from '../../activities/task/begin.ts';
import { inputOf } from '../input-of.ts';
import { withDoors } from './doors.ts';
import { findWork } from './find-work.ts';
import { identityNamed } from './identity.ts';
import { Problem } from './problem.ts';
import { begin } from './run.ts';

export async function retry(named: string, options: { json?: true; wait?: true; as?: string }): Promise<void> {
  await withDoors(async (doors) => {
    const { workflowId: id } = await findWork(doors.client, named);
    const source = sourceOfTask(id);
    if (source === undefined) throw new Problem(`${id} is no task: only tasks can be tried again.`);
    if ((await workflowStatus(doors.client, id)) === 'RUNNING')
      throw new Problem(`${id} is at work. "signalbox kill ${id}" ends it, "signalbox tell ${id} <message>" speaks to it.`);
    const tries = await doors.store.sources.generations(source);
    if (tries.some(({ outcome }) => outcome === 'merged')) throw new Problem(`${source.source} is merged: there is nothing to try again.`);
    const input = await inputOf<TaskInput>(doors.client, id);
    if (input === undefined) throw new Error(`the history of ${id} has no start`);
    const { task, pipeline } = input;
    await begin(
      doors,
      { workspace: task.workspace, ticket: task, pipeline, after: [], as: identityNamed(doors.config, options.as) },
      options,
    );
  });
}
