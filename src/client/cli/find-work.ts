// The task or session that a person names: by its whole id, by an end of it that only one has, or by its issue or request.
import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { sourceOfTask } from '../../contracts/task.ts';
import { EXIT } from './exit-codes.ts';
import { Problem } from './problem.ts';
import { nameOf } from './request-name.ts';
import { listWork } from './work.ts';

export async function findWork(client: Client, named: string): Promise<WorkflowExecutionDescription> {
  if (named.trim() === '') throw new Problem('Name a task, a session or a request: "signalbox list" shows them.');
  try {
    return await client.workflow.getHandle(named).describe();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  const all = await listWork(client, { all: true });
  const ofTicket = all.find(({ id }) => isOf(id, named)); // the newest try of it comes first
  if (ofTicket !== undefined) return client.workflow.getHandle(ofTicket.id).describe();
  const matches = all.filter(({ id }) => id.endsWith(`/${named}`) || id.endsWith(named));
  const [only, ...others] = [...new Set(matches.map(({ id }) => id))];
  if (only === undefined) throw new Problem(`There is no task or session "${named}". "signalbox list --all" shows all.`, EXIT.unknown);
  if (others.length > 0)
    throw new Problem(`"${named}" could be ${[only, ...others].slice(0, 5).join(', ')}. Name more of it.`, EXIT.unknown);
  return client.workflow.getHandle(only).describe();
}

/** Whether this is the task of the issue, or the owner of the request, that is written "owner/repo#7". */
const isOf = (id: string, named: string): boolean =>
  sourceOfTask(id)?.source === named || (/^mr(\/[^/]+){4}$/.test(id) && nameOf(id) === named);
