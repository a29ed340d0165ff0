// Starts a command in a process group of its own and tells what becomes of it. To fork copies the page tables of whoever does it, on the
// thread that everything else waits for: large processes leave it to a launcher (launcher.ts), by the same interface.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';

/** What to hand to `spawn`. `env` replaces the environment. */
export interface Invocation {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export type Stream = 'stdout' | 'stderr';

export interface Watch {
  /** All that the command gets to read. */
  readonly input: string | Uint8Array;
  /** Gets the id of the process that leads the group, once it has started. */
  readonly onStart: (pid: number) => void;
  /**
   * Gets all output as it comes; null at the end of a stream.
   * @returns where the command has to wait with more: when it may go on
   */
  readonly onOutput: (stream: Stream, chunk: Buffer | null) => Promise<void> | void;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Launched {
  /** Ends the whole group, at once; nothing where it has ended. */
  readonly kill: () => void;
  /** Resolves once the command has ended and all output was told; rejects where it can't be started. */
  readonly ended: Promise<Ended>;
}

export type Launch = (invocation: Invocation, watch: Watch) => Launched;

export const launchHere: Launch = ({ file, args, env, cwd }, { input, onStart, onOutput }) => {
  const child = spawn(file, args, { env, cwd, stdio: 'pipe', detached: true });
  // What it has started ends with it. A sandbox that is killed before it is made would leave its child, which is in no group of ours any more.
  // The group first: a shell whose child ends before it would take its next step, or end well.
  const kill = (): void => {
    if (child.pid !== undefined) for (const id of [-child.pid, ...childrenOf(child.pid)]) killIfThere(id);
  };
  child.once('exit', kill);
  for (const name of ['stdout', 'stderr'] as const) hear(child[name], (chunk) => onOutput(name, chunk));
  if (child.pid !== undefined) onStart(child.pid);
  child.stdin.on('error', () => undefined); // a command may end without reading its input
  child.stdin.end(input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject).once('close', (code, signal) => resolve({ code, signal }));
  });
  return { kill, ended };
};

function hear(stream: Readable, tell: (chunk: Buffer | null) => Promise<void> | void): void {
  stream.on('data', (chunk: Buffer) => {
    const more = tell(chunk);
    if (more === undefined) return;
    stream.pause();
    void more.then(() => stream.resume());
  });
  stream.once('end', () => void tell(null));
}

/** None where the system does not tell: only Linux does. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function killIfThere(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
