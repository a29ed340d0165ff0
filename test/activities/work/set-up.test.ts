// The set-up command: once a worktree, attended to over attempts, and told of where it fails.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setUp, type SetUp } from '../../../src/activities/work/set-up.ts';
import type { Worktree } from '../../../src/git/command.ts';
import { confinementOf } from '../../../src/git/worktree.ts';
import { DEFAULT_JOB_LIMITS } from '../../../src/jobs/job.ts';
import { createJobs } from '../../../src/jobs/jobs.ts';
import { bubblewrap } from '../../../src/sandbox/bubblewrap.ts';
import { DEFAULT_LIMITS, DEFAULT_PATH } from '../../../src/sandbox/confinement.ts';
import { makeWorld, type World } from '../../git/world.ts';

let world: World;
let host: Omit<SetUp, 'command'>;
beforeAll(async () => {
  world = await makeWorld();
  const programs = { mounts: [], path: DEFAULT_PATH };
  host = {
    jobs: createJobs({ root: join(world.root, 'jobs'), sandbox: bubblewrap() }),
    confine: (worktree, access) => confinementOf(worktree, { programs, limits: DEFAULT_LIMITS, access }),
  };
});
afterAll(async () => world[Symbol.asyncDispose]());

const job = (id: string) => ({ scope: 'task/1', id });

/** Somebody else does something in the worktree. */
async function besides(worktree: Worktree, script: string): Promise<void> {
  const other = job(`besides ${script}`);
  await host.jobs.start({ ...other, script, confinement: await host.confine(worktree.directory, 'write'), limits: DEFAULT_JOB_LIMITS });
  expect(await host.jobs.attach(other)).toEqual({ kind: 'exited', status: 0 });
}

describe('the set-up command', () => {
  it('is run once in a worktree, whoever asks and however often; another command is run anew', async () => {
    const worktree = await world.worktree('once');
    const made = () => readFile(join(worktree.directory, 'made'), 'utf8');
    const one = { ...host, command: 'sleep 0.3; echo one >> made' };
    expect(await Promise.all([setUp(one, worktree, job('a')), setUp(one, worktree, job('a'))])).toEqual([null, null]);
    expect(await setUp(one, worktree, job('b'))).toBeNull();
    expect(await made()).toBe('one\n');
    expect(await setUp({ ...host, command: 'echo two >> made' }, worktree, job('c'))).toBeNull();
    expect(await made()).toBe('one\ntwo\n');
  });

  it('goes on when whoever waits for it dies, and is attended to by the next', async () => {
    const worktree = await world.worktree('attended');
    const slow = { ...host, command: 'until [ -e go ]; do sleep 0.05; done; echo done >> made' };
    const died = new AbortController();
    const first = setUp(slow, worktree, job('d'), died.signal);
    died.abort(new Error('killed'));
    await expect(first).rejects.toThrow('killed');
    const second = setUp(slow, worktree, job('d'));
    await besides(worktree, 'touch go');
    expect(await second).toBeNull();
    expect(await readFile(join(worktree.directory, 'made'), 'utf8')).toBe('done\n');
  });

  it('that fails is told with what it printed, and is tried anew for the next session', async () => {
    const worktree = await world.worktree('fails');
    const fails = { ...host, command: 'echo no registry >&2; test -e mended' };
    const told = 'The set-up command (echo no registry >&2; test -e mended) ended with status 1: no registry';
    expect(await setUp(fails, worktree, job('e'))).toBe(told);
    await besides(worktree, 'touch mended');
    expect(await setUp(fails, worktree, job('e'))).toBe(told);
    expect(await setUp(fails, worktree, job('f'))).toBeNull();
  });
});
