// Runs a short confined command to its end and gives back what it printed. For commands of ours (git, setup, checks); an agent's
// commands are jobs (src/jobs), which outlive the process that started them. This one dies with its starter.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type { Confinement, Sandbox } from './confinement.ts';

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly timeoutMs: number;
  /** Kept of each stream, from its beginning; the rest is read and dropped. 16 MiB unless given. */
  readonly outputBytes?: number;
  readonly signal?: AbortSignal;
  /** Gets all output as it comes, in place of keeping any; null at the end of each stream. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', chunk: Buffer | null) => void;
  /** Gets the id of the process that leads the command's group, once it has started. */
  readonly onStart?: (pid: number) => void;
}

export interface RunResult {
  /** Exit status; 128 + signal where a signal ended it. */
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly truncated: boolean;
  readonly timedOut: boolean;
}

/** @throws where the command can't be started at all, or `signal` aborts. A command that fails is a result. */
export function run(
  sandbox: Sandbox,
  confinement: Confinement,
  command: readonly [string, ...string[]],
  options: RunOptions,
): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const { file, args, env, cwd } = sandbox.invocation(confinement, command);
  // A group of its own, so that what an unsandboxed command started ends with it.
  const child = spawn(file, args, { env, cwd, stdio: 'pipe', detached: true });
  const { onOutput } = options;
  const stdout =
    onOutput === undefined ? collect(child.stdout, options.outputBytes) : pass(child.stdout, (chunk) => onOutput('stdout', chunk));
  const stderr =
    onOutput === undefined ? collect(child.stderr, options.outputBytes) : pass(child.stderr, (chunk) => onOutput('stderr', chunk));
  if (child.pid !== undefined) options.onStart?.(child.pid);
  let timedOut = false;
  const killGroup = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended
    }
  };
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup();
  }, options.timeoutMs);
  options.signal?.addEventListener('abort', killGroup, { once: true });
  child.once('exit', killGroup);
  child.stdin.on('error', () => undefined); // a command may end without reading its input
  child.stdin.end(options.input ?? '');

  return new Promise<RunResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (options.signal?.aborted) reject(options.signal.reason as Error);
      else
        resolve({
          status: code ?? 128 + constants.signals[signal ?? 'SIGKILL'],
          stdout: stdout.kept(),
          stderr: stderr.kept(),
          truncated: stdout.truncated() || stderr.truncated(),
          timedOut,
        });
    });
  }).finally(() => {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', killGroup);
  });
}

/** Hands a stream on, and keeps nothing. */
const pass = (stream: Readable, to: (chunk: Buffer | null) => void): ReturnType<typeof collect> => {
  stream.on('data', to).once('end', () => to(null));
  return { kept: () => Buffer.alloc(0), truncated: () => false };
};

/** Reads a stream to its end and keeps its beginning. */
const collect = (stream: Readable, limit = 16 * 1024 ** 2): { kept: () => Buffer; truncated: () => boolean } => {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    if (length < limit) chunks.push(chunk.subarray(0, limit - length));
    length += chunk.length;
  });
  return { kept: () => Buffer.concat(chunks), truncated: () => length > limit };
};
