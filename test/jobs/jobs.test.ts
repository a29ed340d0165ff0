// Host jobs, driven as workers drive them: processes that start, attach and are killed.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_JOB_LIMITS, groupOf, jobDirectory, type JobLimits, type JobSpec } from '../../src/jobs/job.ts';
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts';
import { MARK } from '../../src/jobs/processes.ts';
import { bubblewrap } from '../../src/sandbox/bubblewrap.ts';
import { DEFAULT_LIMITS, type Sandbox } from '../../src/sandbox/confinement.ts';
import { processGroup } from '../../src/sandbox/process-group.ts';
import { unsandboxed } from '../../src/sandbox/unsandboxed.ts';
import { until } from '../support/until.ts';

const STARTER = fileURLToPath(new URL('starter.ts', import.meta.url));

let temporary: string;
let root: string;
let worktree: string;
let jobs: Jobs;
const children: ChildProcess[] = [];

beforeEach(async () => {
  temporary = await realpath(await mkdtemp(join(tmpdir(), 'signalbox-jobs-')));
  root = join(temporary, 'jobs');
  worktree = join(temporary, 'worktree');
  await mkdir(worktree);
  jobs = createJobs({ root, sandbox: bubblewrap() });
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await jobs.reap(async () => false);
  await rm(temporary, { recursive: true, force: true });
});

const spec = (script: string, options: { id?: string; scope?: string; limits?: Partial<JobLimits>; processes?: number } = {}): JobSpec => ({
  scope: options.scope ?? 'task/acme/shop#1/implement/1',
  id: options.id ?? 'call-1',
  script,
  confinement: {
    mounts: [{ path: worktree, at: '/workspace', access: 'write' }],
    env: {},
    cwd: '/workspace',
    limits: { ...DEFAULT_LIMITS, processes: options.processes ?? DEFAULT_LIMITS.processes },
  },
  limits: { ...DEFAULT_JOB_LIMITS, ...options.limits },
});

const runToEnd = async (job: JobSpec) => {
  await jobs.start(job);
  return jobs.attach(job);
};

/** A worker in a process of its own that started the job. */
const worker = async (job: JobSpec): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [STARTER, root, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  expect(line.toString()).toContain('started');
  return child;
};

const kill = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGKILL');
  await until('the process has ended', () => child.exitCode !== null || child.signalCode !== null);
};

/** Some die with the one that was killed before them. */
const killIfAlive = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

const written = (name: string): Promise<string> => readFile(join(worktree, name), 'utf8');

/** Waits until the command has written a line into a file of its worktree. */
const line = (name: string, count = 1): Promise<string> =>
  until(`${name} has ${count} lines`, async () => {
    const text = await written(name);
    return text.split('\n').length > count && text;
  });

/** Process ids on the host whose environment carries the job's mark. */
const markedProcesses = async (job: JobSpec): Promise<number[]> => {
  const found: number[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (environment.split('\0').includes(`${MARK}=${jobDirectory(root, job)}`)) found.push(Number(pid));
  }
  return found;
};

const supervisorOf = async (job: JobSpec): Promise<number> =>
  Number((await readFile(join(jobDirectory(root, job), 'claim'), 'utf8')).split(' ')[1]);

/** A command that says so as long as it runs. Stops by itself after a minute. */
const TICKING = 'for i in $(seq 600); do echo $i >> ticks; sleep 0.1; done';
const stillTicks = async (): Promise<boolean> => {
  const before = await written('ticks');
  try {
    await until('one more tick', async () => (await written('ticks')) !== before, 1);
    return true;
  } catch {
    return false;
  }
};

describe('a job', () => {
  it('runs in its worktree; its status and both its streams in order are the result', async () => {
    const job = spec('echo one; echo two >&2; pwd; touch made; exit 7');
    expect(await runToEnd(job)).toEqual({ kind: 'exited', status: 7 });
    expect(await jobs.output(job, 1000)).toEqual({ text: 'one\ntwo\n/workspace\n', bytes: 19, cut: false });
    expect(await written('made')).toBe('');
  });

  it('is started once, however many start it at once, in several processes', async () => {
    const job = spec('echo run >> runs; sleep 1');
    await Promise.all([worker(job), worker(job), ...Array.from({ length: 5 }, () => jobs.start(job))]);
    expect(await jobs.attach(job)).toEqual({ kind: 'exited', status: 0 });
    await jobs.start(job);
    expect(await jobs.attach(job)).toEqual({ kind: 'exited', status: 0 });
    expect(await written('runs')).toBe('run\n');
  });

  it('is not started by attaching to it', async () => {
    expect(await jobs.attach(spec('true'))).toBeUndefined();
  });

  it('starts where an earlier starter died before its supervisor had claimed it', async () => {
    const job = spec('echo ran');
    await mkdir(jobDirectory(root, job), { recursive: true });
    expect(await runToEnd(job)).toEqual({ kind: 'exited', status: 0 });
  });

  it('has names of any kind, which stay inside the root', async () => {
    const odd = spec('echo ran', { scope: '..', id: '../../../etc/ñ .\n' });
    expect(await runToEnd(odd)).toEqual({ kind: 'exited', status: 0 });
    expect(jobDirectory(root, odd).startsWith(`${root}/`)).toBe(true);
    expect(await readdir(temporary)).toEqual(['jobs', 'worktree']);
  });

  it('refuses a script that no argument can hold, before anything runs', async () => {
    await expect(jobs.start(spec(`: ${'x'.repeat(200_000)}`))).rejects.toThrow('write a file and run it');
  });
});

describe('when its worker is killed', () => {
  it('the command goes on, and the next worker takes its result', async () => {
    const job = spec(`${TICKING.replace('600', '20')}; echo done`);
    const first = await worker(job);
    await line('ticks');
    await kill(first);
    expect(await stillTicks()).toBe(true);
    expect(await runToEnd(job)).toEqual({ kind: 'exited', status: 0 });
    expect((await jobs.output(job, 1000)).text).toBe('done\n');
    expect(await written('ticks')).toBe(Array.from({ length: 20 }, (_, index) => `${index + 1}\n`).join(''));
  });

  it('at any moment of the start, the command has run once in the end', async () => {
    for (const afterMs of [0, 5, 10, 15, 20, 30, 40]) {
      const job = spec('echo run >> "runs-$(cat /proc/sys/kernel/random/uuid)"', { id: `call-${afterMs}` });
      const before = (await readdir(worktree)).length;
      const child = spawn(process.execPath, [STARTER, root, JSON.stringify(job)], { stdio: 'ignore' });
      children.push(child);
      // The directory is the first thing that a start makes; from there the kill lands somewhere between it, claim and command.
      await until('the start has begun', () => stat(jobDirectory(root, job)).then(Boolean));
      const from = performance.now();
      await until('the moment has come', () => performance.now() - from >= afterMs);
      await kill(child);
      expect(await runToEnd(job)).toEqual({ kind: 'exited', status: 0 });
      expect((await readdir(worktree)).length).toBe(before + 1);
    }
  });

  it('an attachment that is given up does not touch the command', async () => {
    const job = spec(TICKING);
    await jobs.start(job);
    const giveUp = new AbortController();
    const attached = jobs.attach(job, { signal: giveUp.signal });
    await line('ticks');
    giveUp.abort(new Error('worker shuts down'));
    await expect(attached).rejects.toThrow('worker shuts down');
    expect(await stillTicks()).toBe(true);
  });
});

describe('a command that is dead without a status', () => {
  it('is interrupted, as after a restart of the host; it never runs again', async () => {
    const job = spec(`${TICKING}`);
    await jobs.start(job);
    await line('ticks');
    const attached = jobs.attach(job);
    for (const pid of await markedProcesses(job)) killIfAlive(pid);
    expect(await attached).toEqual({ kind: 'interrupted' });
    expect(await stillTicks()).toBe(false);
    const ticks = await written('ticks');
    expect(await runToEnd(job)).toEqual({ kind: 'interrupted' });
    expect(await written('ticks')).toBe(ticks);
  });

  it('is dead when its supervisor is: nothing of it goes on unseen', async () => {
    const job = spec(TICKING);
    await jobs.start(job);
    await line('ticks');
    process.kill(await supervisorOf(job), 'SIGKILL');
    expect(await jobs.attach(job)).toEqual({ kind: 'interrupted' });
    expect(await stillTicks()).toBe(false);
    expect(await markedProcesses(job)).toEqual([]);
  });

  it('is recognised when its process id was given to another process, or the host has booted since', async () => {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const mine = (await readFile(`/proc/${process.pid}/stat`, 'utf8')).split(') ')[1]!.split(' ')[19]!;
    const claims = { reused: `${boot} ${process.pid} 1`, rebooted: `0000-0000 ${process.pid} ${mine}` };
    for (const [id, claim] of Object.entries(claims)) {
      const job = spec('echo ran', { id });
      await mkdir(jobDirectory(root, job), { recursive: true });
      await writeFile(join(jobDirectory(root, job), 'claim'), `${claim}\n`);
      expect(await runToEnd(job)).toEqual({ kind: 'interrupted' });
      expect((await jobs.output(job, 100)).text).toBe('');
    }
  });

  it('is not believed dead while its supervisor lives', async () => {
    const job = spec('sleep 1.5; echo done');
    expect(await runToEnd(job)).toEqual({ kind: 'exited', status: 0 }); // longer than two looks
  });
});

describe('ending jobs', () => {
  it('cancelling kills the whole tree, also what the command detached', async () => {
    const job = spec(`setsid nohup bash -c '${TICKING}' & disown; ${TICKING}`);
    await jobs.start(job);
    await line('ticks', 3);
    const attached = jobs.attach(job);
    await jobs.cancel(job);
    expect(await attached).toEqual({ kind: 'stopped', why: 'cancelled' });
    expect(await stillTicks()).toBe(false);
    expect(await markedProcesses(job)).toEqual([]);
  });

  it('a job that was cancelled before its start never runs', async () => {
    const job = spec('touch ran');
    await jobs.cancel(job);
    expect(await runToEnd(job)).toEqual({ kind: 'stopped', why: 'cancelled' });
    expect(await readdir(worktree)).toEqual([]);
  });

  it('a scope ends with all its jobs, those of others go on, and a late start runs nothing', async () => {
    const mine = spec('sleep 60', { scope: 'mine' });
    const other = spec(TICKING, { scope: 'mine-too' });
    await Promise.all([jobs.start(mine), jobs.start(other)]);
    await line('ticks');
    await jobs.endScope('mine');
    expect(await jobs.attach(mine)).toEqual({ kind: 'stopped', why: 'cancelled' });
    expect(await stillTicks()).toBe(true);
    expect(await runToEnd(spec('touch ran', { scope: 'mine', id: 'late' }))).toEqual({ kind: 'stopped', why: 'cancelled' });
    expect(await readdir(worktree)).toEqual(['ticks']);
  });

  it('a job that has ended keeps its result when its scope ends', async () => {
    const job = spec('exit 4');
    await runToEnd(job);
    await jobs.endScope(job.scope);
    expect(await jobs.attach(job)).toEqual({ kind: 'exited', status: 4 });
  });

  it('a host that starts reaps what belongs to no living session, and nothing else', async () => {
    const orphan = spec('sleep 60', { scope: 'gone/session' });
    const living = spec(TICKING, { scope: 'living/session' });
    const first = await worker(orphan);
    await jobs.start(living);
    await line('ticks');
    await kill(first);
    expect(await markedProcesses(orphan)).not.toEqual([]);
    const restarted = createJobs({ root, sandbox: bubblewrap() });
    const group = await processGroup(bubblewrap(), groupOf(jobDirectory(root, orphan)), 512);
    expect(await restarted.reap(async (scope) => scope === 'living/session')).toEqual(['gone/session']);
    if (group !== undefined) expect(existsSync(group)).toBe(false);
    expect(await markedProcesses(orphan)).toEqual([]);
    expect(await stillTicks()).toBe(true);
    expect((await readdir(root)).map(decodeURIComponent)).toEqual(['living/session']);
  });

  it('several reap at the same time, as a worker and somebody who mends, and none minds the others', async () => {
    const scopes = Array.from({ length: 20 }, (_, at) => `gone/${at}`);
    await Promise.all(scopes.map((scope) => jobs.endScope(scope))); // a scope without a job is reaped like one with
    // Some come while others are in the middle of it.
    const late = (at: number) => jobs.reap(async () => (await pause(at), false));
    const reaped = await Promise.all(Array.from({ length: 8 }, (_, at) => late(at)));
    expect(new Set(reaped.flat())).toEqual(new Set(scopes));
    expect(await readdir(root)).toEqual([]);
  });
});

describe('limits of a job', () => {
  it('wall time', async () => {
    const job = spec(TICKING, { limits: { wallSeconds: 1 } });
    expect(await runToEnd(job)).toEqual({ kind: 'stopped', why: 'wall-time' });
    expect(await stillTicks()).toBe(false);
  });

  it('processes, also where the kernel does not count them (a host that runs as root)', async () => {
    const job = spec('for i in $(seq 1000); do sleep 60 & done; wait', { processes: 50 });
    await jobs.start(job);
    const outcome = await jobs.attach(job);
    // As a plain user the kernel refuses the fork first, and bash gives up.
    if (process.getuid?.() === 0) expect(outcome).toEqual({ kind: 'stopped', why: 'processes' });
    else expect(outcome).not.toEqual({ kind: 'exited', status: 0 });
  });

  it('processes that double, which outrun whoever counts; nothing is left of it', async () => {
    // Ends by itself at 2,047, should nothing hold it.
    const double = 'f() { echo . >> ticks; [ $1 -eq 0 ] || { f $(($1 - 1)) & f $(($1 - 1)) & }; sleep 20; }; f 10';
    const job = spec(double, { processes: 100 });
    const group = await processGroup(bubblewrap(), groupOf(jobDirectory(root, job)), 100);
    const kernelCounts = process.getuid?.() !== 0 || group !== undefined;
    const outcome = await runToEnd(job);
    if (process.getuid?.() === 0) expect(outcome).toEqual({ kind: 'stopped', why: 'processes' });
    if (kernelCounts) expect((await written('ticks')).length).toBeLessThan(2 * 101);
    if (group !== undefined) await until('the group is gone', () => !existsSync(group));
  });

  it('disk: a command is stopped before it fills the host', async () => {
    const job = spec(TICKING, { limits: { spareBytes: Number.MAX_SAFE_INTEGER } });
    expect(await runToEnd(job)).toEqual({ kind: 'stopped', why: 'disk' });
    expect(await stillTicks()).toBe(false);
  });

  it('memory of all processes together', async () => {
    const job = spec(`for i in 1 2 3 4; do (x=$(head -c 50M /dev/zero | tr '\\0' x); sleep 60) & done; wait`, {
      limits: { memoryBytes: 100 * 1024 ** 2 },
    });
    expect(await runToEnd(job)).toEqual({ kind: 'stopped', why: 'memory' });
  });

  it('output: 100 MB leave 2 KB on disk and flat memory; the reader gets both ends and what was left out', async () => {
    const job = spec('echo first; head -c 100000000 /dev/zero | tr "\\0" x; echo; echo last', {
      limits: { headBytes: 1024, tailBytes: 1024 },
    });
    const before = process.memoryUsage.rss();
    expect(await runToEnd(job)).toEqual({ kind: 'exited', status: 0 });
    const { text, bytes, cut } = await jobs.output(job, 400);
    expect(process.memoryUsage.rss() - before).toBeLessThan(90_000_000);
    expect({ bytes, cut }).toEqual({ bytes: 100_000_012, cut: true });
    expect(text).toMatch(/^first\nx+\n\[… 99999612 of 100000012 bytes left out …\]\nx+\nlast\n$/);
    const sizes = await Promise.all(
      (await readdir(jobDirectory(root, job))).map(async (name) => (await stat(join(jobDirectory(root, job), name))).size),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(2500);
  });

  it('output that is kept in two parts reads as one, and no character is cut in two', async () => {
    const job = spec('printf "äöü€𝄞%.0s" $(seq 10)', { limits: { headBytes: 50, tailBytes: 1000 } });
    await runToEnd(job);
    expect(await jobs.output(job, 1000)).toEqual({ text: 'äöü€𝄞'.repeat(10), bytes: 130, cut: false });
    for (let most = 2; most < 60; most++) expect((await jobs.output(job, most)).text).not.toContain('�');
  });

  it('output is there while the command runs', async () => {
    const job = spec(`echo early; ${TICKING}`);
    await jobs.start(job);
    await until('the first line is there', async () => (await jobs.output(job, 100)).text === 'early\n');
  });
});

describe('without a sandbox', () => {
  const bare = (): Jobs => createJobs({ root, sandbox: unsandboxed() satisfies Sandbox });

  it('a job has the same results, and does not wait for what it left behind', async () => {
    jobs = bare();
    const job = spec(`${TICKING} & until [ -s ticks ]; do sleep 0.01; done; pwd; exit 3`);
    expect(await runToEnd(job)).toEqual({ kind: 'exited', status: 3 });
    expect((await jobs.output(job, 1000)).text).toContain(worktree);
    expect(await stillTicks()).toBe(false);
  });

  it('an interrupted job is ended before it is called so', async () => {
    jobs = bare();
    const job = spec(TICKING);
    await jobs.start(job);
    await line('ticks');
    process.kill(await supervisorOf(job), 'SIGKILL');
    expect(await stillTicks()).toBe(true); // nothing ties the command to its supervisor here
    expect(await jobs.attach(job)).toEqual({ kind: 'interrupted' });
    expect(await stillTicks()).toBe(false);
  });
});
