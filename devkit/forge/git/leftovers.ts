// What a forge that was killed has left of git. Its processes live on, and one of them may still move a ref: a start that looked before
// that would record that nothing has happened. So it waits for them; then it takes away the locks of those that were killed themselves,
// which nobody can hold any more. Processes are found by the mark that every git of a forge has in its environment. Only Linux shows it.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Names the repository that a git of a forge works on. */
export const GIT_MARK = 'SIGNALBOX_FORGE_REPOSITORY';

/** Longer than the largest push takes to unpack; what takes longer is stuck. */
const PATIENCE_MS = 60_000;
/** Git takes away its locks when it is asked to end. */
const GRACE_MS = 5_000;
const EVERY_MS = 10;

/** Returns once no git of an earlier process works on these repositories, and none of them is locked. @param repositories their common folder */
export async function settleLeftovers(repositories: string): Promise<void> {
  const start = Date.now();
  for (let left = gitsOn(repositories); left.length > 0; left = gitsOn(repositories)) {
    const waited = Date.now() - start;
    if (waited > PATIENCE_MS) left.forEach((id) => end(id, waited > PATIENCE_MS + GRACE_MS ? 'SIGKILL' : 'SIGTERM'));
    await sleep(EVERY_MS);
  }
  for (const owner of namesIn(repositories))
    for (const name of namesIn(path.join(repositories, owner))) unlock(path.join(repositories, owner, name));
}

/** Names of branches never end so: git refuses them. */
const LOCK = '.lock';

function unlock(repository: string): void {
  const refs = namesIn(path.join(repository, 'refs'), { recursive: true }).map((name) => path.join('refs', name));
  for (const name of [...namesIn(repository), ...refs]) if (name.endsWith(LOCK)) rmSync(path.join(repository, name), { force: true });
}

function gitsOn(repositories: string): number[] {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((id) => environmentOf(id).some((entry) => entry.startsWith(`${GIT_MARK}=${repositories}${path.sep}`)))
    .map(Number);
}

/** Empty for a process that has ended, and for those of other people. */
function environmentOf(id: string): string[] {
  try {
    return readFileSync(`/proc/${id}/environ`, 'latin1').split('\0');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** Nothing where there is no such folder. */
function namesIn(folder: string, options: { readonly recursive?: boolean } = {}): string[] {
  try {
    return readdirSync(folder, { recursive: options.recursive === true }).map(String);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

function end(id: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(id, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
