// A worktree is removed only when nothing of it is lost: clean and pushed, or kept as a snapshot that can be restored.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Worktree } from '../../src/git/command.ts';
import { commitFiles } from '../../src/git/commit.ts';
import { pushBranch } from '../../src/git/push.ts';
import { forgetSnapshots, listSnapshots, lossOf, restoreSnapshot, retireWorktree, SNAPSHOT_DAYS } from '../../src/git/retire.ts';
import { findWorktree, listWorktrees } from '../../src/git/worktree.ts';
import { author, makeWorld, plainGit, put, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(async () => world[Symbol.asyncDispose]());

const NOW = 1_800_000_000;
const commit = async (worktree: Worktree): Promise<string> => {
  const made = await commitFiles(world.host, worktree, { parent: world.base, message: 'Work\n', author, at: NOW });
  if (made.kind !== 'committed') throw new Error(made.problem);
  return made.commit;
};

describe('a worktree at its end', () => {
  it('is removed where nothing was done in it', async () => {
    await world.worktree();
    expect(await listWorktrees(world.host)).toEqual(['task/1']);
    expect(await retireWorktree(world.host, 'task/1', NOW)).toEqual({ kind: 'removed', snapshot: null });
    expect(await listWorktrees(world.host)).toEqual([]);
    expect(await retireWorktree(world.host, 'task/1', NOW)).toEqual({ kind: 'removed', snapshot: null });
  });

  it('is removed without a snapshot once its commits are pushed, also when the branch is gone from the remote', async () => {
    const worktree = await world.worktree();
    await put(worktree.directory, { 'README.md': 'mine\n' });
    const head = await commit(worktree);
    expect((await lossOf(world.host, worktree)).unsaved).toBe(`commits up to ${head.slice(0, 8)} that were not pushed`);
    expect(await pushBranch(world.host, worktree, { remote: world.remote, branch: 'work', commit: head, expected: null })).toEqual({
      kind: 'pushed',
    });
    plainGit(world.remote.url, 'branch', '-D', 'work');
    expect(await lossOf(world.host, worktree)).toEqual({ unsaved: null, problems: [] });
    expect(await retireWorktree(world.host, 'task/1', NOW)).toEqual({ kind: 'removed', snapshot: null });
  });

  it('leaves a snapshot of commits and changes, from which it is made again as it was', async () => {
    const worktree = await world.worktree();
    await put(worktree.directory, { 'README.md': 'mine\n' });
    const head = await commit(worktree);
    await put(worktree.directory, { 'README.md': 'newer\n', 'src/b.ts': 'new\n' });
    await rm(join(worktree.directory, 'src/a.ts'));
    expect(await retireWorktree(world.host, 'task/1', NOW)).toMatchObject({
      kind: 'removed',
      snapshot: { id: 'task/1', branch: 'work', base: world.base, head, uncommitted: ['README.md', 'src/a.ts', 'src/b.ts'] },
    });
    expect(await findWorktree(world.host, 'task/1')).toBeUndefined();
    const [snapshot] = await listSnapshots(world.host);
    const again = await restoreSnapshot(world.host, snapshot!);
    expect(await readFile(join(again.directory, 'README.md'), 'utf8')).toBe('newer\n');
    expect(plainGit(again.directory, 'rev-parse', 'work')).toBe(head);
    expect(
      plainGit(again.directory, 'status', '--porcelain')
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(['M README.md', 'D src/a.ts', '?? src/b.ts']);
  });

  it('stays where a snapshot could not hold what is in it', async () => {
    const worktree = await world.worktree();
    await mkdir(join(worktree.directory, 'inner'));
    plainGit(join(worktree.directory, 'inner'), 'init', '-q');
    await writeFile(join(worktree.directory, 'inner', 'a'), '');
    expect(await retireWorktree(world.host, 'task/1', NOW)).toEqual({
      kind: 'kept',
      because: '"inner" is a repository of its own; remove its .git',
    });
    expect(await listWorktrees(world.host)).toEqual(['task/1']);
  });

  it('is forgotten after 30 days', async () => {
    const worktree = await world.worktree();
    await put(worktree.directory, { new: '' });
    await retireWorktree(world.host, 'task/1', NOW);
    const days = (number: number): number => NOW + number * 24 * 60 * 60;
    expect(await forgetSnapshots(world.host, days(SNAPSHOT_DAYS))).toBe(0);
    expect(await forgetSnapshots(world.host, days(SNAPSHOT_DAYS) + 1)).toBe(1);
    expect(await listSnapshots(world.host)).toEqual([]);
  });
});
