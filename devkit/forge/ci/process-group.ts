// A limit on the processes of one command that the kernel keeps, for hosts that run as root: RLIMIT_NPROC does not hold for root, and
// what doubles outruns whoever counts. Made of a control group, where this system lets us have one; elsewhere watch-processes.ts counts.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sandbox } from '../../../src/sandbox/confinement.ts';

/** Of version 1 the controller of processes, of version 2 the one tree. */
const ROOTS = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'];
const PREFIX = 'signalbox-forge-';

export interface ProcessGroup {
  /** The same sandbox, whose commands are in the group. */
  readonly sandbox: Sandbox;
  /** Whether the command has asked for more processes than it may have. */
  isFull(): boolean;
  /** To be called once the command has ended. */
  release(): Promise<void>;
}

/** @param most processes and threads */
export async function processGroup(sandbox: Sandbox, most: number): Promise<ProcessGroup> {
  const directory = process.getuid?.() === 0 && sandbox.kind === 'bubblewrap' ? await made(most) : undefined;
  if (directory === undefined) return { sandbox, isFull: () => false, release: () => Promise.resolve() };
  return {
    sandbox: inside(sandbox, path.join(directory, 'cgroup.procs')),
    isFull: () => /^max [1-9]/m.test(readFileSync(path.join(directory, 'pids.events'), 'utf8')),
    release: () => removed(directory),
  };
}

/** Removes what forges that were killed have left; groups that are in use stay. */
export async function removeStaleGroups(): Promise<void> {
  for (const root of ROOTS) {
    const names = await readdir(root).catch(refused([]));
    for (const name of names.filter((entry) => entry.startsWith(PREFIX))) await rmdir(path.join(root, name)).catch(refused(undefined));
  }
}

async function made(most: number): Promise<string | undefined> {
  for (const root of ROOTS) {
    const directory = path.join(root, PREFIX + randomUUID());
    const isThere = await mkdir(directory).then(() => true, refused(false));
    if (!isThere) continue;
    if (await writeFile(path.join(directory, 'pids.max'), String(most), { flag: 'r+' }).then(() => true, refused(false))) return directory;
    await rmdir(directory);
  }
  return undefined;
}

const inside = (sandbox: Sandbox, members: string): Sandbox => ({
  kind: sandbox.kind,
  invocation: (confinement, command) => {
    const { file, args, ...rest } = sandbox.invocation(confinement, command);
    return { ...rest, file: 'sh', args: ['-c', 'echo $$ >"$0" && exec "$@"', members, file, ...args] };
  },
});

/** The kernel takes a moment to bury the last process. A group that is still in use then is removed by a later start. */
async function removed(directory: string): Promise<void> {
  for (let round = 0; round < 100; round++) {
    const isGone = await rmdir(directory).then(() => true, refused(false));
    if (isGone) return;
    await sleep(20);
  }
}

/** What this system does not let us do, or not yet, is an answer. */
const refused =
  <Value>(otherwise: Value) =>
  (error: NodeJS.ErrnoException): Value => {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EINVAL', 'EOPNOTSUPP', 'ENOTEMPTY'].includes(error.code ?? ''))
      return otherwise;
    throw error;
  };
