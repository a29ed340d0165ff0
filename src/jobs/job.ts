// A command as a job of its host: what identifies one, what it may use, how it ended. A job is a directory; everything about it is
// in files there (supervise.sh), so any process of the host can attach to it, and none of them owns it.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Confinement } from '../sandbox/confinement.ts';

/** The same reference is the same job, for ever: it is started once. */
export interface JobRef {
  /** What the job ends with: a session and its run. A scope that has ended starts no job any more. */
  readonly scope: string;
  /** The tool call's id. */
  readonly id: string;
}

export interface JobSpec extends JobRef {
  /** Run by bash, in the confinement. At most MAX_SCRIPT_BYTES; what is longer has to be a file. */
  readonly script: string;
  readonly confinement: Confinement;
  readonly limits: JobLimits;
}

/** Linux takes 128 KiB for one argument. */
export const MAX_SCRIPT_BYTES = 100_000;

/** Limits of the job as a whole, checked twice a second; the confinement's limits hold for each process at once. */
export interface JobLimits {
  readonly wallSeconds: number;
  /** Private memory of all processes together (in a sandbox). */
  readonly memoryBytes: number;
  /** Kept on disk: the first bytes of the output and the last ones. */
  readonly headBytes: number;
  readonly tailBytes: number;
  /** What has to stay free on the disk of the jobs and worktrees: a command is stopped before it fills the host. */
  readonly spareBytes: number;
}

export const DEFAULT_JOB_LIMITS: JobLimits = {
  wallSeconds: 30 * 60,
  memoryBytes: 8 * 1024 ** 3,
  headBytes: 1024 ** 2,
  tailBytes: 1024 ** 2,
  spareBytes: 1024 ** 3,
};

export type JobOutcome =
  /** It ran to its end; `status` is 128 + signal where a signal ended it. */
  | { readonly kind: 'exited'; readonly status: number }
  /** We ended it: for a limit, or because somebody cancelled it or its scope ended. */
  | { readonly kind: 'stopped'; readonly why: 'wall-time' | 'memory' | 'processes' | 'disk' | 'cancelled' }
  /** It is dead and left no status: the host was restarted, or its supervisor killed. It may have run in part. */
  | { readonly kind: 'interrupted' };

/** Directory of a scope. Names are readable and can't leave the root. */
export const scopeDirectory = (root: string, scope: string): string => join(root, asName(scope));

/** The scope that a directory of the root is for. */
export const scopeOf = (name: string): string => decodeURIComponent(name);

export const jobDirectory = (root: string, { scope, id }: JobRef): string => join(scopeDirectory(root, scope), `job-${asName(id)}`);

/** Name of the control group of a job: whoever finds the job's directory can remove it. */
export const groupOf = (directory: string): string => `signalbox-job-${createHash('sha256').update(directory).digest('hex').slice(0, 32)}`;

const asName = (id: string): string => {
  const name = encodeURIComponent(id).replaceAll('.', '%2E');
  if (name === '' || name.length > 200) throw new Error(`"${id}" can't name a job: it needs 1 to 200 characters once encoded`);
  return name;
};
