// Runs one command of a job to its end, whatever ends it: its own exit, its time, the job's end, or what it takes.
import { randomUUID } from 'node:crypto';
import type { Confinement, Sandbox } from '../../../src/sandbox/confinement.ts';
import { inGroup, isFull, ownGroupName, processGroup, removeGroup } from '../../../src/sandbox/process-group.ts';
import { run } from '../../../src/sandbox/run.ts';
import type { Limits } from '../settings.ts';
import type { StepOutput } from './step-output.ts';
import { watchProcesses } from './watch-processes.ts';

export type CommandEnd =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'timed out' }
  /** It took more than a job may have. */
  | { readonly kind: 'beyond'; readonly reason: string }
  /** What it was to be started with is more than a process takes, or nothing that it takes. */
  | { readonly kind: 'unstartable'; readonly reason: string }
  /** The signal was given. */
  | { readonly kind: 'ended' };

/** Begins the names of control groups of CI. */
export const CI_GROUPS = 'signalbox-forge';

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
  const group = await processGroup(sandbox, ownGroupName(CI_GROUPS, randomUUID()), options.limits.jobProcesses);
  let endWatch = (): void => undefined;
  try {
    const { status, timedOut } = await run(
      group === undefined ? sandbox : inGroup(sandbox, group),
      confinement,
      ['nice', '-n', String(NICENESS), ...command],
      {
        timeoutMs: options.timeoutMs,
        signal: AbortSignal.any([options.signal, beyond.signal]),
        onOutput: (stream, chunk) => sinks[stream](chunk),
        onStart: (pid) => {
          if (sandbox.kind !== 'bubblewrap') return;
          const { jobProcesses: processes, jobMemoryBytes: memoryBytes } = options.limits;
          const most = { processes, isFull: () => group !== undefined && isFull(group), memoryBytes };
          endWatch = watchProcesses(pid, most, (reason) => beyond.abort(new Beyond(reason)));
        },
      },
    );
    return timedOut ? { kind: 'timed out' } : { kind: 'exited', status };
  } catch (error) {
    if (error instanceof Beyond) return { kind: 'beyond', reason: error.message };
    if (hasBeenGiven(options.signal)) return { kind: 'ended' };
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'exited', status: 127 };
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    return { kind: 'unstartable', reason };
  } finally {
    endWatch();
    if (group !== undefined) await removeGroup(group);
  }
}

/** Why a process of these arguments and variables cannot be: expressions and steps may put anything there. Undefined for any other error. */
export function reasonOf(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'E2BIG') return 'Argument list too long: the environment and the arguments of a command have at most some 128 KB each.';
  return code === 'ERR_INVALID_ARG_VALUE' ? 'The environment or an argument of the command has a NUL character.' : undefined;
}

const hasBeenGiven = (signal: AbortSignal): boolean => signal.aborted;
