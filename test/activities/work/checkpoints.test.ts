// What is kept of a worktree and when; what becomes of it where it can't be kept, or is not wanted any more.
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSessionWork, keepWork, restoreWork, type CheckpointDeps } from '../../../src/activities/work/checkpoints.ts';
import { retire } from '../../../src/activities/work/retire.ts';
import { changesOf } from '../../../src/git/changes.ts';
import { worktreeIdOf } from '../../../src/git/worktree.ts';
import type { Store } from '../../../src/store/store.ts';
import { makeWorld, put, type World } from '../../git/world.ts';
import { memoryStore } from '../../store/backends.ts';

let world: World;
let store: Store;
let clock: { now: number };
let deps: CheckpointDeps;
beforeAll(async () => {
  world = await makeWorld();
  ({ store, clock } = await memoryStore());
  deps = { store, git: world.host };
});
afterAll(async () => {
  await store.close();
  await world[Symbol.asyncDispose]();
});

const eventsOf = async (subject: string) =>
  (await store.events.after({ seq: 0, limit: 1_000, subject })).map(({ kind, body }) => ({ kind, body }));

describe('unfinished work', () => {
  it('is kept when it has changed, and not again when it has not', async () => {
    const worktree = await world.worktree('task/same.1');
    expect(worktreeIdOf(worktree)).toBe('task/same.1');
    const first = await keepWork(deps, worktree, 'same/1');
    expect(await keepWork(deps, worktree, 'same/2')).toBe(first);
    await put(worktree.directory, { 'new.txt': 'new\n' });
    expect(await keepWork(deps, worktree, 'same/3')).not.toBe(first);
    expect(await Promise.all(['same/1', 'same/2', 'same/3'].map(async (key) => (await eventsOf(key)).length))).toEqual([1, 0, 1]);
    await rm(dirname(worktree.directory), { recursive: true });
    const restored = await restoreWork(deps, 'task/same.1');
    expect(restored).toEqual(worktree);
    expect((await changesOf(world.host, worktree)).files).toEqual(['new.txt']);
  });

  it('of a session is kept at most every fifteen seconds while it works, and always when it ends', async () => {
    const { directory } = await world.worktree('often');
    const work = createSessionWork(deps, () => clock.now);
    const takenAt = async () => (await store.checkpoints.about({ worktree: 'often' }))?.at;
    await work.keep('s', directory, 'seldom');
    const first = clock.now;
    expect(await takenAt()).toBe(first);
    await put(directory, { 'a.txt': 'a\n' });
    clock.now += 14_000;
    await work.keep('s', directory, 'seldom');
    expect(await takenAt()).toBe(first);
    clock.now += 1_000;
    await work.keep('s', directory, 'seldom');
    expect(await takenAt()).toBe(first + 15_000);
    await put(directory, { 'b.txt': 'b\n' });
    clock.now += 1_000;
    await work.keep('s', directory, 'now');
    expect(await takenAt()).toBe(first + 16_000);
  });

  it('that is too large is said, and what was kept before stays', async () => {
    const worktree = await world.worktree('large');
    await put(worktree.directory, { 'small.txt': 'small\n' });
    await keepWork(deps, worktree, 'large/1');
    const before = await store.checkpoints.about({ worktree: 'large' });
    await writeFile(join(worktree.directory, 'large.bin'), randomBytes(100_000));
    await keepWork(deps, worktree, 'large/2', 50_000);
    expect(await eventsOf('large/2')).toMatchObject([
      { kind: 'worktree.not-kept', body: { because: expect.stringContaining('the repository should ignore what is built') } },
    ]);
    expect(await store.checkpoints.about({ worktree: 'large' })).toEqual(before);
  });

  it('is forgotten with its worktree, and is said where it can not be made again', async () => {
    const worktree = await world.worktree('over');
    await keepWork(deps, worktree, 'over/1');
    await rm(dirname(worktree.directory), { recursive: true });
    expect(await restoreWork(deps, 'over', join(world.root, 'nowhere'))).toBeUndefined();
    expect((await eventsOf('over/1')).map(({ kind }) => kind)).toEqual(['worktree.checkpoint', 'worktree.not-restored']);
    expect(await retire(deps, 'over', 1)).toEqual({ kind: 'removed', snapshot: null });
    expect(await restoreWork(deps, 'over')).toBeUndefined();
    expect(await eventsOf('over/1')).toHaveLength(2);
  });
});
