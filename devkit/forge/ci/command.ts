// Runs one command of a job to its end, whatever ends it: its own exit, its time, the job's end, or what it takes.
import type { Confinement, Sandbox } from '../../../src/sandbox/confinement.ts';
import { run } from '../../../src/sandbox/run.ts';
import type { Limits } from '../settings.ts';
import { processGroup } from './process-group.ts';
import type { StepOutput } from './step-output.ts';
import { watchProcesses } from './watch-processes.ts';

export type CommandEnd =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'timed out' }
  /** It took more than a job may have. */
  | { readonly kind: 'beyond'; readonly reason: string }
  /** The signal was given. */
  | { readonly kind: 'ended' };

/** The forge comes before its jobs, so that it can end one that takes all there is. */
const NICENESS = 10;

class Beyond extends Error {}

export async function runCommand(
  sandbox: Sandbox,
  confinement: Confinement,
  command: readonly [string, ...string[]],
  options: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly output: StepOutput; readonly limits: Limits },
): Promise<CommandEnd> {
  if (hasBeenGiven(options.signal)) return { kind: 'ended' };
  const beyond = new AbortController();
  const sinks = { stdout: options.output.stream(), stderr: options.output.stream() };
  const group = await processGroup(sandbox, options.limits.jobProcesses);
  let endWatch = (): void => undefined;
  try {
    const { status, timedOut } = await run(group.sandbox, confinement, ['nice', '-n', String(NICENESS), ...command], {
      timeoutMs: options.timeoutMs,
      signal: AbortSignal.any([options.signal, beyond.signal]),
      onOutput: (stream, chunk) => sinks[stream](chunk),
      onStart: (pid) => {
        if (sandbox.kind !== 'bubblewrap') return;
        const most = { processes: options.limits.jobProcesses, isFull: () => group.isFull(), memoryBytes: options.limits.jobMemoryBytes };
        endWatch = watchProcesses(pid, most, (reason) => beyond.abort(new Beyond(reason)));
      },
    });
    return timedOut ? { kind: 'timed out' } : { kind: 'exited', status };
  } catch (error) {
    if (error instanceof Beyond) return { kind: 'beyond', reason: error.message };
    if (hasBeenGiven(options.signal)) return { kind: 'ended' };
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'exited', status: 127 };
    throw error;
  } finally {
    endWatch();
    await group.release();
  }
}

const hasBeenGiven = (signal: AbortSignal): boolean => signal.aborted;
