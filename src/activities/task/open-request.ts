// The request that an earlier try of a ticket has left open: each try has a branch of its own, and a second request would be a second answer.
import { taskBranch, type TaskRef } from '../../contracts/task.ts';
import type { Forge } from '../forge/provider.ts';

/** @returns its number and the try that has opened it, of any try of the ticket; null where none is open */
export async function openRequestOf(
  forge: Forge,
  tries: readonly TaskRef[],
): Promise<{ readonly number: number; readonly task: TaskRef } | null> {
  for (const task of tries) {
    const [number] = await forge().requestsFrom(task, taskBranch(task), 'open');
    if (number !== undefined) return { number, task };
  }
  return null;
}
