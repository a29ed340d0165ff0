// The workspace's set-up command (R7): run in a worktree before the first session there, in the sandbox, as a job of the host, so that a killed
// worker does not interrupt it. A worktree that is set up says so beside its files, where no agent can write.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Worktree } from '../../git/command.ts';
import { DEFAULT_JOB_LIMITS, type JobOutcome, type JobRef } from '../../jobs/job.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { Confinement, Mount } from '../../sandbox/confinement.ts';

export interface SetUp {
  /** Run by bash. */
  readonly command: string;
  readonly jobs: Jobs;
  /** What a command in this worktree may see and use. */
  readonly confine: (worktree: string, access: Mount['access']) => Promise<Confinement>;
}

/** What of its output people are told. */
const MOST_BYTES = 1_000;

/**
 * Runs the command unless it has been run in this worktree to a good end; called again while it runs, it attends to that.
 * @param job under which it runs; one that has failed is not run again under the same
 * @param signal ends the attendance, not the command
 * @returns null when the worktree is set up, else what went wrong, for people
 */
export async function setUp(
  { command, jobs, confine }: SetUp,
  worktree: Worktree,
  job: JobRef,
  signal?: AbortSignal,
): Promise<string | null> {
  const done = join(dirname(worktree.directory), 'set-up');
  if ((await readFile(done, 'utf8').catch(() => undefined)) === command) return null;
  const attended = signal === undefined ? {} : { signal };
  let outcome = await jobs.attach(job, attended);
  if (outcome === undefined) {
    const confinement = await confine(worktree.directory, 'write');
    await jobs.start({ ...job, script: command, confinement, limits: DEFAULT_JOB_LIMITS });
    outcome = await jobs.attach(job, attended);
  }
  if (outcome?.kind === 'exited' && outcome.status === 0) {
    await writeFile(done, command);
    return null;
  }
  const { text } = await jobs.output(job, MOST_BYTES);
  return `The set-up command (${command}) ${howItEnded(outcome)}: ${text.trim()}`;
}

function howItEnded(outcome: JobOutcome | undefined): string {
  if (outcome?.kind === 'exited') return `ended with status ${outcome.status}`;
  return outcome?.kind === 'stopped' ? `was stopped (${outcome.why})` : 'was interrupted';
}
