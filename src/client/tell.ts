// Says one thing to everybody who works: all of a workspace, or all there are. A row for each, by an id that follows from the message's, so
// that saying it again says nothing twice and reaches who had begun meanwhile.
import { searchAttributes } from '../contracts/search-attributes.ts';
import type { NewMail, PostOutcome } from '../contracts/mail.ts';
import { send, type Doors } from './send.ts';

export interface Told {
  readonly to: string;
  readonly outcome: PostOutcome;
}

/** Tasks, and sessions and requests that belong to none: what a task has started, its request as well, hears of it from the task. */
const LISTENERS = "WorkflowType IN ('task', 'session', 'review', 'mergeRequest') AND ExecutionStatus = 'Running'";

/** @param workspace whose work is told; all where it is left out */
export async function tellAll(doors: Doors, mail: Omit<NewMail, 'to'>, workspace?: string): Promise<Told[]> {
  const told: Told[] = [];
  const query =
    workspace === undefined ? LISTENERS : `${LISTENERS} AND ${searchAttributes.workspace.name} = '${workspace.replaceAll("'", "''")}'`;
  const listening: string[] = [];
  for await (const { workflowId, parentExecution } of doors.client.workflow.list({ query }))
    if (parentExecution === undefined) listening.push(workflowId);
  for (const to of listening) {
    const task = (await doors.store.custody.of({ request: to }))?.task;
    if (task !== undefined && task !== null && listening.includes(task)) continue;
    told.push({ to, outcome: await send(doors, { ...mail, id: `${mail.id}/${to}`, to }) });
  }
  return told;
}
