// The task or session that a person names: by its whole id, or by an end of it that only one has.
import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { EXIT } from './exit-codes.ts';
import { Problem } from './problem.ts';
import { listWork } from './work.ts';

export async function findWork(client: Client, named: string): Promise<WorkflowExecutionDescription> {
  try {
    return await client.workflow.getHandle(named).describe();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  const matches = (await listWork(client, { all: true })).filter(({ id }) => id.endsWith(`/${named}`) || id.endsWith(named));
  const [only, ...others] = [...new Set(matches.map(({ id }) => id))];
  if (only === undefined) throw new Problem(`There is no task or session "${named}". "signalbox list --all" shows all.`, EXIT.unknown);
  if (others.length > 0)
    throw new Problem(`"${named}" could be ${[only, ...others].slice(0, 5).join(', ')}. Name more of it.`, EXIT.unknown);
  return client.workflow.getHandle(only).describe();
}
