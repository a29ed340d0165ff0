// Runs a short confined command to its end and gives back what it printed. For commands of ours (git, setup, checks); an agent's
// commands are jobs (src/jobs), which outlive the process that started them. This one dies with its starter.
import { constants } from 'node:os';
import type { Confinement, Sandbox } from './confinement.ts';
import { launchHere, type Stream } from './launcher/launch.ts';

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly timeoutMs: number;
  /** Kept of each stream, from its beginning; the rest is read and dropped. 16 MiB unless given. */
  readonly outputBytes?: number;
  readonly signal?: AbortSignal;
  /** Gets all output as it comes, in place of keeping any; null at the end of each stream. */
  readonly onOutput?: (stream: Stream, chunk: Buffer | null) => void;
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
export async function run(
  sandbox: Sandbox,
  confinement: Confinement,
  command: readonly [string, ...string[]],
  { input = '', timeoutMs, outputBytes = 16 * 1024 ** 2, signal, onOutput, onStart = () => undefined }: RunOptions,
): Promise<RunResult> {
  signal?.throwIfAborted();
  const kept = { stdout: beginning(outputBytes), stderr: beginning(outputBytes) };
  const { ended, kill } = (sandbox.launch ?? launchHere)(sandbox.invocation(confinement, command), {
    input,
    onStart,
    onOutput: onOutput ?? ((stream, chunk) => kept[stream].add(chunk)),
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeoutMs);
  signal?.addEventListener('abort', kill, { once: true });
  try {
    const end = await ended;
    signal?.throwIfAborted();
    const status = end.code ?? 128 + constants.signals[end.signal ?? 'SIGKILL'];
    const { stdout, stderr } = kept;
    return { status, stdout: stdout.bytes(), stderr: stderr.bytes(), truncated: stdout.truncated() || stderr.truncated(), timedOut };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
  }
}

/** Keeps the beginning of a stream. */
const beginning = (limit: number) => {
  const chunks: Buffer[] = [];
  let length = 0;
  return {
    add(chunk: Buffer | null): void {
      if (chunk === null) return;
      if (length < limit) chunks.push(chunk.subarray(0, limit - length));
      length += chunk.length;
    },
    bytes: () => Buffer.concat(chunks),
    truncated: () => length > limit,
  };
};
