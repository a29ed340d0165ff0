// Who is alive on this host. A process id alone says nothing (it is used again): an identity is boot, id and start time, and what
// belongs to a job is known by a mark in its environment that its supervisor was started with.
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Name of the environment variable that holds the job's directory, in the supervisor and its helpers. */
export const MARK = 'SIGNALBOX_JOB';

/** Is the process of a claim ("boot pid start") still the one that wrote it, and alive? */
export async function isAlive(claim: string): Promise<boolean> {
  const [boot, pid, start] = claim.trim().split(' ');
  if (boot !== (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()) return false;
  const stat = await readProcess(`${pid}/stat`);
  // "pid (name) state … start": the name may hold anything, so count from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat !== '' && fields[0] !== 'Z' && fields[19] === start;
}

/** The claim of a living process, "boot pid start"; undefined if there is none of that id. */
export async function claimOf(pid: number): Promise<string | undefined> {
  const stat = await readProcess(`${pid}/stat`);
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return start === undefined ? undefined : `${(await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()} ${pid} ${start}`;
}

/**
 * Kills every process marked with this directory or one below it, with SIGKILL, until none is left. What the supervisor runs in a
 * sandbox dies with it.
 * @returns how many were killed
 */
export async function killMarked(directory: string): Promise<number> {
  const killed = new Set<number>();
  for (let round = 0; round < 50; round++) {
    const pids = await marked(directory);
    if (pids.length === 0) return killed.size;
    for (const pid of pids) {
      killed.add(pid);
      kill(pid);
    }
    await sleep(10);
  }
  throw new Error(`processes of ${directory} survive SIGKILL: ${(await marked(directory)).join(', ')}`);
}

/** Living processes marked with this directory or one below it. */
async function marked(directory: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      // A zombie has no environment any more, so it is not found.
      const entries = (await readProcess(`${pid}/environ`)).split('\0');
      return entries.some((entry) => entry === `${MARK}=${directory}` || entry.startsWith(`${MARK}=${directory}/`));
    }),
  );
  return pids.filter((_, index) => found[index]).map(Number);
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** A file of /proc; empty where the process has ended or is somebody else's. */
const readProcess = async (path: string): Promise<string> => {
  try {
    return await readFile(`/proc/${path}`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
};
