// The request that an earlier try of a ticket has left open: each try has a branch of its own, and a second request would be a second answer.
import { taskBranch, type TaskRef } from '../../contracts/task.ts';
import type { Forge } from '../forge/client.ts';

/** @returns its number and the try that has opened it, of any try of the ticket; null where none is open */
export async function openRequestOf(
  forge: Forge,
  tries: readonly TaskRef[],
): Promise<{ readonly number: number; readonly task: TaskRef } | null> {
  const { rest } = forge();
  for (const task of tries) {
    const { owner, repo } = task;
    const { data } = await rest.pulls.list({ owner, repo, state: 'open', head: `${owner}:${taskBranch(task)}` });
    const [pull] = data;
    if (pull !== undefined) return { number: pull.number, task };
  }
  return null;
}
