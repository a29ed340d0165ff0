// Counts what runs in a sandbox, because the kernel's own limits hold for single processes, and not at all for hosts that run as root.
// Only bubblewrap has a /proc of its own that lists the processes of one sandbox; without one nothing is counted.
// Processes can double within milliseconds: they are counted often, at once and without a thread that could be kept waiting.
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

const EVERY_MS = 50;
/** Memory grows more slowly, and costs more to sum up: every so many looks. */
const MEMORY_EVERY = 10;
const PAGE_BYTES = 4096;

export interface GroupLimits {
  readonly processes: number;
  /** Whether the kernel has refused the sandbox a process, where it counts them. */
  readonly isFull: () => boolean;
  readonly memoryBytes: number;
}

/** Calls `beyond` once, with the reason, when the sandbox that this process leads has more than it may. Returns what ends the watch. */
export function watchProcesses(leader: number, limits: GroupLimits, beyond: (reason: string) => void): () => void {
  let looks = 0;
  const tell = (reason: string): void => {
    clearInterval(timer);
    beyond(reason);
  };
  const timer = setInterval(() => {
    const processes = processesIn(leader);
    if (processes.length > limits.processes || limits.isFull()) return tell(`more than ${limits.processes} processes at once`);
    if (++looks % MEMORY_EVERY !== 0) return;
    void memoryOf(processes).then((bytes) => {
      if (bytes > limits.memoryBytes) tell(`more than ${Math.round(limits.memoryBytes / 1024 ** 2)} MB of memory`);
    });
  }, EVERY_MS);
  return () => clearInterval(timer);
}

/** Directories of the processes in the sandbox, as the host sees them. */
function processesIn(leader: number): string[] {
  try {
    const [init] = readFileSync(`/proc/${leader}/task/${leader}/children`, 'utf8').split(' ');
    if (init === undefined || init === '') return [];
    const proc = `/proc/${init}/root/proc`;
    return readdirSync(proc)
      .filter((name) => /^\d+$/.test(name))
      .map((name) => `${proc}/${name}`);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

async function memoryOf(processes: readonly string[]): Promise<number> {
  const pages = await Promise.all(processes.map(privatePages));
  return pages.reduce((sum, count) => sum + count, 0) * PAGE_BYTES;
}

async function privatePages(process: string): Promise<number> {
  try {
    const [, resident = '0', shared = '0'] = (await readFile(`${process}/statm`, 'utf8')).split(' ');
    return Number(resident) - Number(shared);
  } catch (error) {
    if (isGone(error)) return 0;
    throw error;
  }
}

/** The process has ended meanwhile. */
const isGone = (error: unknown): boolean =>
  ['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
