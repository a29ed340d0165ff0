// Taking the base into a branch: what git can do by itself, what it leaves to others, and what of a worktree has no say in it.
import { describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { layMerge, takeBase, withMarks, type TakeBase } from '../../src/git/base.ts';
import type { Worktree } from '../../src/git/command.ts';
import { commitFiles } from '../../src/git/commit.ts';
import { fetchMirror } from '../../src/git/mirror.ts';
import { moveWorktree } from '../../src/git/move.ts';
import { author, makeWorld, plainGit, put, type World } from './world.ts';

const message = 'Merge main\n';

/** Commits files on top of the branch. */
async function commit(world: World, worktree: Worktree, parent: string, files: Record<string, string>, title = 'ours'): Promise<string> {
  await put(worktree.directory, files);
  const at = Number(plainGit(worktree.directory, 'show', '-s', '--format=%ct', parent)) + 1;
  const outcome = await commitFiles(world.host, worktree, { parent, message: `${title}\n`, author, at });
  if (outcome.kind === 'refused') throw new Error(outcome.problem);
  return outcome.commit;
}

/** Moves the remote's base, and brings the mirror up to date. */
async function moveBase(world: World, files: Record<string, string>): Promise<string> {
  await put(world.seed, files);
  plainGit(world.seed, 'add', '-A');
  plainGit(world.seed, 'commit', '-qm', 'theirs');
  const moved = world.publish();
  await fetchMirror(world.host, world.remote);
  return moved;
}

const shown = (worktree: Worktree, ...args: string[]): string => plainGit(worktree.directory, ...args);
const take = (world: World, worktree: Worktree, head: string, base: string, how: TakeBase['how']) =>
  takeBase(world.host, worktree, { head, base, how, author, message });

describe('taking the base in', () => {
  it('rebases: words, authors and times stay, and the same commits give the same one', async () => {
    await using world = await makeWorld();
    const worktree = await world.worktree();
    const first = await commit(world, worktree, world.base, { 'b.ts': 'b\n' }, 'first');
    const head = await commit(world, worktree, first, { 'c.ts': 'c\n' }, 'second\n\nbecause');
    const base = await moveBase(world, { 'd.ts': 'd\n' });
    const taken = await take(world, worktree, head, base, 'rebase');
    expect(taken).toMatchObject({ kind: 'taken', how: 'rebase' });
    expect(await take(world, worktree, head, base, 'rebase')).toEqual(taken);
    const { commit: rebased } = taken as { commit: string };
    const words = (range: string): string => shown(worktree, 'log', '--format=%an <%ae> %at %B', range);
    expect(words(`${base}..${rebased}`)).toBe(words(`${world.base}..${head}`));
    expect(shown(worktree, 'ls-tree', '--name-only', rebased).split('\n')).toEqual(['README.md', 'b.ts', 'c.ts', 'd.ts', 'src']);
    // Nothing has moved: publishing it is another step.
    expect(shown(worktree, 'rev-parse', 'HEAD')).toBe(head);
  });

  it('leaves out what the base has already, so that a branch on a squashed one goes on where a merge would conflict', async () => {
    await using world = await makeWorld();
    const worktree = await world.worktree();
    const below = await commit(world, worktree, world.base, { 'src/a.ts': 'export const a = 2;\n' });
    const head = await commit(world, worktree, below, { 'src/a.ts': 'export const a = 3;\n' });
    const base = await moveBase(world, { 'src/a.ts': 'export const a = 2;\n' });
    expect(await take(world, worktree, head, base, 'merge')).toEqual({ kind: 'conflict', files: ['src/a.ts'] });
    const taken = (await take(world, worktree, head, base, 'rebase')) as { commit: string };
    expect(shown(worktree, 'rev-list', '--count', `${base}..${taken.commit}`)).toBe('1');
    expect(shown(worktree, 'show', `${taken.commit}:src/a.ts`)).toBe('export const a = 3;');
    expect(await take(world, worktree, below, base, 'rebase')).toEqual({ kind: 'empty' });
  });

  it('merges where it is told to, or where a rebase would flatten a merge, and keeps every commit', async () => {
    await using world = await makeWorld();
    const worktree = await world.worktree();
    const head = await commit(world, worktree, world.base, { 'b.ts': 'b\n' });
    const base = await moveBase(world, { 'd.ts': 'd\n' });
    const merged = (await take(world, worktree, head, base, 'merge')) as { commit: string };
    expect(shown(worktree, 'show', '-s', '--format=%P|%s|%cn', merged.commit)).toBe(`${head} ${base}|Merge main|Agent`);
    const later = await moveBase(world, { 'e.ts': 'e\n' });
    expect(await take(world, worktree, merged.commit, later, 'rebase')).toMatchObject({ kind: 'taken', how: 'merge' });
    expect(await take(world, worktree, merged.commit, base, 'rebase')).toEqual({ kind: 'contained' });
  });

  it('leaves what it can’t decide to others, with its marks in the files; the commit of that has both parents', async () => {
    await using world = await makeWorld();
    const worktree = await world.worktree();
    const head = await commit(world, worktree, world.base, { 'src/a.ts': 'export const a = 2;\n' });
    const base = await moveBase(world, { 'src/a.ts': 'export const a = 3;\n', 'd.ts': 'd\n' });
    for (const how of ['rebase', 'merge'] as const)
      expect(await take(world, worktree, head, base, how)).toEqual({ kind: 'conflict', files: ['src/a.ts'] });

    await moveWorktree(world.host, worktree, head);
    expect(await layMerge(world.host, worktree, head, base)).toEqual(['src/a.ts']);
    expect(await withMarks(world.host, worktree, ['src/a.ts', 'gone.ts'])).toEqual(['src/a.ts']);
    await put(worktree.directory, { 'src/a.ts': 'export const a = 5;\n' });
    expect(await withMarks(world.host, worktree, ['src/a.ts'])).toEqual([]);
    const outcome = await commitFiles(world.host, worktree, {
      parent: head,
      merges: base,
      message: 'resolved\n',
      author,
      at: 1_900_000_000,
    });
    expect(outcome).toMatchObject({ kind: 'committed', files: ['d.ts', 'src/a.ts'] });
    expect(shown(worktree, 'show', '-s', '--format=%P', 'HEAD')).toBe(`${head} ${base}`);
    expect(shown(worktree, 'status', '--porcelain')).toBe('');
  });

  it('heeds nothing that lies in the worktree: attributes there would hide a conflict', async () => {
    await using world = await makeWorld();
    const worktree = await world.worktree();
    const head = await commit(world, worktree, world.base, { 'src/a.ts': 'export const a = 2;\n' });
    const base = await moveBase(world, { 'src/a.ts': 'export const a = 3;\n' });
    await writeFile(join(worktree.directory, '.gitattributes'), '* merge=union\n');
    expect(await take(world, worktree, head, base, 'merge')).toEqual({ kind: 'conflict', files: ['src/a.ts'] });
  });
});
