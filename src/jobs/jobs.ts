// Jobs of this host: start, attach, end, reap. Every function can be called by any process of the host, again and at the same time;
// the files of supervise.sh decide. Nothing here belongs to a worker, so a killed worker touches no command. Linux only (/proc).
import { spawn } from 'node:child_process';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_PATH, type Sandbox } from '../sandbox/confinement.ts';
import { inGroup, processGroup, removeGroupNamed } from '../sandbox/process-group.ts';
import { changesOf } from './changes.ts';
import { groupOf, jobDirectory, MAX_SCRIPT_BYTES, scopeDirectory, scopeOf, type JobOutcome, type JobRef, type JobSpec } from './job.ts';
import { readOutput, type JobOutput } from './output.ts';
import { isAlive, killMarked, MARK } from './processes.ts';

export interface Jobs {
  /**
   * Starts a job, once: where it was started before, by anybody, this does nothing. Returns when the job is claimed.
   * @throws where the job could not be started; nothing has run then
   */
  start(spec: JobSpec): Promise<void>;
  /**
   * Waits for the end of a started job. Aborting the signal stops the waiting and does not touch the job.
   * @returns undefined where no such job was started
   */
  attach(job: JobRef, options?: { readonly signal?: AbortSignal }): Promise<JobOutcome | undefined>;
  /** What it has printed so far, shortened to about `most` bytes. */
  output(job: JobRef, most: number): Promise<JobOutput>;
  /** Ends one job with everything it runs; if it has not started yet, it never will. */
  cancel(job: JobRef): Promise<void>;
  /** Ends every job of a scope; what is started there later ends at once. */
  endScope(scope: string): Promise<void>;
  /** At the start of a host, and now and then: ends every scope that does not live and removes its files. Returns those that it has removed. */
  reap(isLiving: (scope: string) => Promise<boolean>): Promise<string[]>;
}

/** How often a waiting attachment looks whether the job still lives. Its end is noticed at once. */
const LOOK_MS = 500;
const SUPERVISE = fileURLToPath(new URL('supervise.sh', import.meta.url));
const PAGE_BYTES = 4096;

export function createJobs(options: { readonly root: string; readonly sandbox: Sandbox }): Jobs {
  const { sandbox } = options;
  const root = resolve(options.root); // processes are marked with it
  return {
    start: (spec) => start(sandbox, jobDirectory(root, spec), spec),
    attach: (job, { signal } = {}) => attach(jobDirectory(root, job), signal),
    output: (job, most) => readOutput(jobDirectory(root, job), most),
    cancel: (job) => end(jobDirectory(root, job)),
    endScope: (scope) => end(scopeDirectory(root, scope)),
    async reap(isLiving) {
      await mkdir(root, { recursive: true });
      const reaped: string[] = [];
      for (const name of await readdir(root)) {
        const scope = scopeOf(name);
        if (await isLiving(scope)) continue;
        if (await reapScope(join(root, name))) reaped.push(scope);
      }
      return reaped;
    },
  };
}

async function start(sandbox: Sandbox, directory: string, spec: JobSpec): Promise<void> {
  if (Buffer.byteLength(spec.script) > MAX_SCRIPT_BYTES)
    throw new Error(`a script may have ${MAX_SCRIPT_BYTES} bytes; write a file and run it`);
  await mkdir(directory, { recursive: true });
  using changes = changesOf(directory, ['claim']);
  if ((await content(directory, 'claim')) !== undefined) return;
  const group = await processGroup(sandbox, groupOf(directory), spec.confinement.limits.processes);
  const supervisor = spawn('/bin/sh', [SUPERVISE, ...supervision(sandbox, directory, group, spec)], {
    cwd: '/',
    env: { PATH: DEFAULT_PATH, [MARK]: directory },
    detached: true, // its own session: no signal to the worker's group reaches it
    stdio: 'ignore',
  });
  supervisor.unref();
  await new Promise<void>((resolve, reject) => supervisor.once('error', reject).once('spawn', resolve));
  while ((await content(directory, 'claim')) === undefined) {
    const ended = supervisor.exitCode ?? supervisor.signalCode;
    // It looks for a claim once more, because it may have lost against another supervisor since.
    if (ended !== null && (await content(directory, 'claim')) === undefined)
      throw new Error(`the supervisor of job ${spec.id} ended (${ended}) before it had claimed the job; nothing has run`);
    await changes.next(LOOK_MS);
  }
}

const supervision = (sandbox: Sandbox, directory: string, group: string | undefined, spec: JobSpec): string[] => {
  const { script, confinement, limits } = spec;
  const confined = group === undefined ? sandbox : inGroup(sandbox, group);
  const { file, args, env, cwd } = confined.invocation(confinement, ['bash', '-c', script]);
  const kept = [Math.ceil(limits.wallSeconds), limits.headBytes, limits.tailBytes];
  const used = [confinement.limits.processes, Math.floor(limits.memoryBytes / PAGE_BYTES), Math.floor(limits.spareBytes / 1024)];
  const environment = Object.entries({ ...env, [MARK]: directory }).map(([name, value]) => `${name}=${value}`);
  return [directory, ...[...kept, ...used].map(String), sandbox.kind, group ?? '', 'env', '-i', '-C', cwd, ...environment, file, ...args];
};

async function attach(directory: string, signal?: AbortSignal): Promise<JobOutcome | undefined> {
  signal?.throwIfAborted();
  const claim = await content(directory, 'claim');
  if (claim === undefined) return undefined;
  using changes = changesOf(directory, ['status']);
  for (;;) {
    const outcome = await recorded(directory);
    if (outcome !== undefined) return outcome;
    if (!(await isAlive(claim))) return conclude(directory);
    await changes.next(LOOK_MS, signal);
  }
}

/** Ends a job or a scope. Marks it first: a supervisor that claims after the search for processes sees the mark. */
async function end(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'ended'), '');
  await killMarked(directory);
}

/** Ends a scope and removes its files; false where somebody else has just done that. */
async function reapScope(directory: string): Promise<boolean> {
  try {
    await end(directory);
    for (const job of await readdir(directory)) await removeGroupNamed(groupOf(join(directory, job)));
    await rm(directory, { recursive: true, force: true, maxRetries: 3 }); // another one may be marking it
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** The outcome of a job whose supervisor is dead. Recorded, so that everybody who asks later gets the same answer. */
async function conclude(directory: string): Promise<JobOutcome> {
  const last = await recorded(directory); // it may have reported and died since we looked
  if (last !== undefined) return last;
  await killMarked(directory);
  await removeGroupNamed(groupOf(directory));
  const cancelled = (await content(directory, 'ended')) ?? (await content(join(directory, '..'), 'ended'));
  const outcome = cancelled === undefined ? 'interrupted' : 'stopped cancelled';
  const draft = join(directory, `status.${process.pid}.${Date.now()}`);
  await writeFile(draft, `${outcome}\n`);
  try {
    await link(draft, join(directory, 'status'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // somebody else concluded
  }
  await rm(draft);
  return (await recorded(directory)) ?? { kind: 'interrupted' }; // a status that a power failure has emptied
}

const recorded = async (directory: string): Promise<JobOutcome | undefined> => {
  const [kind, detail] = ((await content(directory, 'status')) ?? '').trim().split(' ');
  if (kind === 'exit') return { kind: 'exited', status: Number(detail) };
  if (kind === 'stopped') return { kind: 'stopped', why: detail as Extract<JobOutcome, { kind: 'stopped' }>['why'] };
  return kind === 'interrupted' ? { kind: 'interrupted' } : undefined;
};

const content = async (directory: string, name: string): Promise<string | undefined> => {
  try {
    return await readFile(join(directory, name), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};
