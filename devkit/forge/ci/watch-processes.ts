// Counts what runs in a sandbox, because the kernel's own limits hold for single processes, and not at all for hosts that run as root.
// Only bubblewrap has a /proc of its own that lists the processes of one sandbox; without one nothing is counted.
import { readdir, readFile } from 'node:fs/promises';

const EVERY_MS = 200;
const PAGE_BYTES = 4096;

export interface GroupLimits {
  readonly processes: number;
  readonly memoryBytes: number;
}

/** Calls `beyond` once, with the reason, when the sandbox that this process leads has more than it may. Returns what ends the watch. */
export function watchProcesses(leader: number, limits: GroupLimits, beyond: (reason: string) => void): () => void {
  let ended = false;
  const look = async (): Promise<void> => {
    const processes = await processesIn(leader);
    if (processes.length > limits.processes) return tell(`more than ${limits.processes} processes at once`);
    const pages = await Promise.all(processes.map(privatePages));
    const bytes = pages.reduce((sum, count) => sum + count, 0) * PAGE_BYTES;
    if (bytes > limits.memoryBytes) tell(`more than ${Math.round(limits.memoryBytes / 1024 ** 2)} MB of memory`);
  };
  const tell = (reason: string): void => {
    if (!ended) beyond(reason);
    ended = true;
  };
  const round = async (): Promise<void> => {
    await look();
    if (!ended) timer = setTimeout(() => void round(), EVERY_MS);
  };
  let timer = setTimeout(() => void round(), EVERY_MS);
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

/** Directories of the processes in the sandbox, as the host sees them. */
async function processesIn(leader: number): Promise<string[]> {
  const [init] = (await gone(readFile(`/proc/${leader}/task/${leader}/children`, 'utf8'), '')).split(' ');
  if (init === undefined || init === '') return [];
  const proc = `/proc/${init}/root/proc`;
  return (await gone(readdir(proc), [])).filter((name) => /^\d+$/.test(name)).map((name) => `${proc}/${name}`);
}

async function privatePages(process: string): Promise<number> {
  const [, resident = '0', shared = '0'] = (await gone(readFile(`${process}/statm`, 'utf8'), '')).split(' ');
  return Number(resident) - Number(shared);
}

/** What was read, or `otherwise` where the process has ended meanwhile. */
async function gone<Value>(reading: Promise<Value>, otherwise: Value): Promise<Value> {
  try {
    return await reading;
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return otherwise;
    throw error;
  }
}
