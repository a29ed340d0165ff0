// A limit on the processes of one command that the kernel keeps, for hosts that run as root: RLIMIT_NPROC does not hold for root, and
// what doubles outruns whoever counts. Made of a control group, where this system lets us have one; elsewhere counting has to do.
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sandbox } from './confinement.ts';

/** Of version 1 the controller of processes, of version 2 the one tree. */
const ROOTS = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'];

/**
 * The directory of a group for one command; made if it is not there, so several may ask for the same one.
 * @param name unique among all that run on the host
 * @param most processes and threads
 * @returns undefined where the kernel counts by itself, or does not let us have a group
 */
export async function processGroup(sandbox: Sandbox, name: string, most: number): Promise<string | undefined> {
  if (process.getuid?.() !== 0 || sandbox.kind !== 'bubblewrap') return undefined;
  for (const root of ROOTS) {
    const directory = join(root, name);
    if (
      !(await mkdir(directory).then(
        () => true,
        (error: NodeJS.ErrnoException) => error.code === 'EEXIST' || refused(false)(error),
      ))
    )
      continue;
    if (await writeFile(join(directory, 'pids.max'), String(most), { flag: 'r+' }).then(() => true, refused(false))) return directory;
    await removeGroup(directory);
  }
  return undefined;
}

/** The same sandbox, whose commands are in the group. */
export const inGroup = (sandbox: Sandbox, directory: string): Sandbox => ({
  ...sandbox,
  invocation: (confinement, command) => {
    const { file, args, ...rest } = sandbox.invocation(confinement, command);
    return { ...rest, file: 'sh', args: ['-c', 'echo $$ >"$0" && exec "$@"', join(directory, 'cgroup.procs'), file, ...args] };
  },
});

/** Whether the command has asked for more processes than it may have. */
export const isFull = (directory: string): boolean => /^max [1-9]/m.test(readFileSync(join(directory, 'pids.events'), 'utf8'));

/** Removes a group whose command has ended; again is no error. The kernel takes a moment to bury the last process. */
export async function removeGroup(directory: string): Promise<void> {
  for (let round = 0; round < 100; round++) {
    const isBusy = await rmdir(directory).then(() => false, isStillInUse);
    if (!isBusy) return;
    await sleep(20);
  }
}

const isStillInUse = (error: NodeJS.ErrnoException): boolean => error.code === 'EBUSY' || refused(false)(error);

/** Removes the group of that name, wherever it is. */
export const removeGroupNamed = async (name: string): Promise<void> => {
  for (const root of ROOTS) await removeGroup(join(root, name));
};

/** A name for a group that ends with this process, or is removed as stale after it. */
export const ownGroupName = (prefix: string, id: string): string => `${prefix}-${process.pid}-${id}`;

/** Removes the groups of that prefix whose owners were killed. */
export async function removeStaleGroups(prefix: string): Promise<void> {
  for (const root of ROOTS) {
    const names = await readdir(root).catch(refused([] as string[]));
    for (const name of names) {
      const [, owner] = new RegExp(`^${prefix}-(\\d+)-`).exec(name) ?? [];
      if (owner !== undefined && !existsSync(`/proc/${owner}`)) await rmdir(join(root, name)).catch(refused(undefined));
    }
  }
}

const REFUSALS = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EINVAL', 'EOPNOTSUPP', 'ENOTEMPTY'];

/** What this system does not let us do, or not yet, is an answer. */
const refused =
  <Value>(otherwise: Value) =>
  (error: NodeJS.ErrnoException): Value => {
    if (REFUSALS.includes(error.code ?? '')) return otherwise;
    throw error;
  };
