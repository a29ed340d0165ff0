// Worktrees, commits, checkpoints and the state check, on real repositories.
import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { changesOf } from '../../src/git/changes.ts';
import { checkWorktree } from '../../src/git/check.ts';
import { checkpoint, restoreCheckpoint } from '../../src/git/checkpoint.ts';
import type { Worktree } from '../../src/git/command.ts';
import { commitFiles, headOf, type CommitInput } from '../../src/git/commit.ts';
import { confinementOf, createWorktree, findWorktree, removeWorktree } from '../../src/git/worktree.ts';
import { DEFAULT_LIMITS, DEFAULT_PATH } from '../../src/sandbox/confinement.ts';
import { run } from '../../src/sandbox/run.ts';
import { author, makeWorld, plainGit, put, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(async () => world[Symbol.asyncDispose]());

const content = (worktree: Worktree, name: string): Promise<string> => readFile(join(worktree.directory, name), 'utf8');

const commit = (worktree: Worktree, input: Partial<CommitInput> = {}) =>
  commitFiles(world.host, worktree, { parent: world.base, message: 'Work\n', author, at: 1_700_000_000, ...input });

/** What plain git of the outside says about a worktree, by its git directory. */
const show = (worktree: Worktree, ...args: string[]): string =>
  plainGit(worktree.gitDirectory, `--git-dir=${worktree.gitDirectory}`, ...args);

/** A command as an agent runs it. */
const asAgent = async (worktree: Worktree, script: string) => {
  const result = await run(
    world.host.sandbox,
    await confinementOf(worktree.directory, { programs: { mounts: [], path: DEFAULT_PATH }, limits: DEFAULT_LIMITS }),
    ['bash', '-c', script],
    {
      timeoutMs: 20_000,
    },
  );
  return { status: result.status, text: `${result.stdout.toString()}${result.stderr.toString()}` };
};

describe('a worktree', () => {
  it('has the files of its base on its branch, and is clean', async () => {
    const worktree = await world.worktree();
    expect(await content(worktree, 'src/a.ts')).toBe('export const a = 1;\n');
    expect(await checkWorktree(world.host, worktree, { branch: 'work' })).toEqual({ kind: 'ready', head: world.base, repaired: [] });
  });

  it('is made from the commit that was named, whatever has been published since', async () => {
    await world.worktree('other');
    await put(world.seed, { 'README.md': 'newer\n' });
    plainGit(world.seed, 'commit', '-qam', 'newer');
    world.publish();
    const { mirror } = (await findWorktree(world.host, 'other'))!;
    const worktree = await createWorktree(world.host, { id: 'old', mirror, base: world.base, branch: 'work' });
    expect(await content(worktree, 'README.md')).toBe('hello\n');
  });

  it('is made once: again does nothing, and of several attempts at once one is kept, whole', async () => {
    const worktree = await world.worktree();
    await put(worktree.directory, { 'README.md': 'mine\n' });
    expect(await world.worktree()).toEqual(worktree);
    expect(await content(worktree, 'README.md')).toBe('mine\n');
    const { mirror } = worktree;
    const make = () => createWorktree(world.host, { id: 'many', mirror, base: world.base, branch: 'work' });
    const [first, ...others] = await Promise.all([make(), make(), make()]);
    expect(others).toEqual([first, first]);
    expect(await checkWorktree(world.host, first, { branch: 'work' })).toMatchObject({ kind: 'ready' });
    expect(await readdir(join(world.host.root, 'drafts'))).toEqual([]);
  });

  it('that a killed attempt has half made is not there, and is removed a day later', async () => {
    const half = join(world.host.root, 'drafts', 'worktree-half');
    await put(half, { 'files/src/a.ts': 'half\n' });
    await world.worktree();
    expect((await stat(half)).isDirectory()).toBe(true);
    await utimes(half, 0, 0);
    await world.worktree('next');
    await expect(stat(half)).rejects.toThrow('ENOENT');
  });

  it('is refused for a commit that is not there and for a name that is no branch', async () => {
    const { mirror } = await world.worktree();
    const make = (base: string, branch: string) => createWorktree(world.host, { id: 'x', mirror, base, branch });
    await expect(make('1'.repeat(40), 'work')).rejects.toThrow('is not in the mirror');
    await expect(make(world.base, '--upload-pack=x')).rejects.toThrow();
    await expect(make(world.base, '../../x')).rejects.toThrow();
    expect(await findWorktree(world.host, 'x')).toBeUndefined();
  });

  it('is removed whole, with directories that nobody may enter', async () => {
    const worktree = await world.worktree('../..');
    expect(worktree.directory.startsWith(join(world.host.root, 'worktrees'))).toBe(true);
    await mkdir(join(worktree.directory, 'locked', 'in'), { recursive: true });
    await chmod(join(worktree.directory, 'locked'), 0);
    await removeWorktree(world.host, '../..');
    expect(await readdir(join(world.host.root, 'worktrees'))).toEqual([]);
    await removeWorktree(world.host, '../..');
  });
});

describe('an agent', () => {
  it('reads history and its own changes with git, and can write none of it', async () => {
    const worktree = await world.worktree();
    expect((await asAgent(worktree, 'echo x >> README.md; git log --oneline; git diff --stat')).text).toMatch(/base\n README.md \| 1 \+/);
    const written = await asAgent(worktree, `git commit -qam x; git config core.fsmonitor x; touch ${worktree.gitDirectory}/hooks`);
    expect(written.text).toMatch(/Read-only file system/);
    expect(await headOf(world.host, worktree)).toBe(world.base);
  });

  it('does not see the work of another worktree, nor its commits', async () => {
    const mine = await world.worktree('mine');
    const other = await world.worktree('other');
    await put(other.directory, { 'secret.txt': 'hunter2\n' });
    const made = await commit(other);
    if (made.kind !== 'committed') throw new Error(made.problem);
    expect(show(other, 'cat-file', '-t', made.commit)).toBe('commit');
    expect((await asAgent(mine, `cat ${other.directory}/secret.txt; git cat-file -t ${made.commit}`)).text).toMatch(
      /No such file[^]*could not get object info/,
    );
  });
});

describe('changes', () => {
  it('are what git finds: changed, new, deleted, renamed, mode, link; not what is ignored', async () => {
    const worktree = await world.worktree();
    await put(worktree.directory, { 'README.md': 'changed\n', 'new/deep/file': '', '.gitignore': 'ignored\n', ignored: 'x' });
    await rm(join(worktree.directory, 'src/a.ts'));
    await symlink('/etc/passwd', join(worktree.directory, 'link'));
    expect(await changesOf(world.host, worktree)).toEqual({
      files: ['.gitignore', 'README.md', 'link', 'new/deep/file', 'src/a.ts'],
      deleted: ['src/a.ts'],
      problems: [],
    });
  });
});

describe('a commit', () => {
  it('has exactly the files that were named, and says what was left', async () => {
    const worktree = await world.worktree();
    await put(worktree.directory, { 'README.md': 'changed\n', 'new.txt': 'new\n', 'other.txt': '' });
    await rm(join(worktree.directory, 'src/a.ts'));
    const made = await commit(worktree, { files: ['README.md', 'new.txt', 'src/a.ts'] });
    expect(made).toEqual({
      kind: 'committed',
      commit: await headOf(world.host, worktree),
      files: ['README.md', 'new.txt', 'src/a.ts'],
      left: ['other.txt'],
    });
    expect(show(worktree, 'show', '--format=%an <%ae> %at%n%B', '--name-status', 'HEAD')).toBe(
      'Agent <agent@example.org> 1700000000\nWork\n\n\nM\tREADME.md\nA\tnew.txt\nD\tsrc/a.ts',
    );
    expect((await changesOf(world.host, worktree)).files).toEqual(['other.txt']);
  });

  it('asked for again is the same commit, whatever moment the first attempt died at', async () => {
    const worktree = await world.worktree();
    await put(worktree.directory, { 'README.md': 'changed\n', 'new.txt': '' });
    await rm(join(worktree.directory, 'src/a.ts'));
    const indexBefore = await readFile(join(worktree.gitDirectory, 'index'));
    const first = await commit(worktree);
    expect(first.kind).toBe('committed');
    expect(await commit(worktree)).toEqual(first); // died after the last step
    await writeFile(join(worktree.gitDirectory, 'index'), indexBefore); // died between moving the branch and the index
    expect(await commit(worktree)).toEqual(first);
    expect((await changesOf(world.host, worktree)).files).toEqual([]);
    await writeFile(join(worktree.gitDirectory, 'index'), indexBefore);
    expect(await checkWorktree(world.host, worktree, { branch: 'work' })).toMatchObject({ kind: 'ready' });
    show(worktree, 'update-ref', 'refs/heads/work', world.base); // died before moving the branch
    expect(await commit(worktree)).toEqual(first);
    expect(show(worktree, 'rev-list', '--count', 'HEAD')).toBe('2');
  });

  it('asked for twice at once is made once', async () => {
    const worktree = await world.worktree();
    await put(worktree.directory, Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`new/${index}`, `${index}\n`])));
    const outcomes = await Promise.allSettled([commit(worktree), commit(worktree), commit(worktree)]);
    // One may find git's lock taken and throw; its retry finds the commit.
    const made = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(new Set([...made, await commit(worktree)].map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(show(worktree, 'ls-tree', '-r', '--name-only', 'HEAD').split('\n')).toHaveLength(52);
    expect(show(worktree, 'rev-list', '--count', 'HEAD')).toBe('2');
    expect((await readdir(worktree.gitDirectory)).filter((name) => name.startsWith('scratch'))).toEqual([]);
  });

  it('is refused with what is wrong: unchanged files, nothing to commit, a branch that has moved', async () => {
    const worktree = await world.worktree();
    expect(await commit(worktree)).toEqual({ kind: 'refused', problem: 'nothing has changed' });
    await put(worktree.directory, { 'README.md': 'changed\n' });
    for (const file of ['src/a.ts', '../../x', '/etc/passwd', '.git', '.git/config', '*', 'src', ':(top)README.md'])
      expect(await commit(worktree, { files: [file] })).toMatchObject({ kind: 'refused' });
    await commit(worktree);
    await put(worktree.directory, { 'README.md': 'again\n' });
    expect(await commit(worktree, { message: 'Other\n' })).toMatchObject({ kind: 'refused' });
    expect(show(worktree, 'rev-list', '--count', 'HEAD')).toBe('2');
  });

  it('takes odd names literally', async () => {
    const worktree = await world.worktree();
    const odd = ['a\nb', 'tab\there', '-rf', '--all', '*', ':(top)x', '"quoted"', 'ünï', ' lead', 'sp ace', '$(touch pwned)', "it's"];
    await put(worktree.directory, { ...Object.fromEntries(odd.map((name) => [name, name])), star: '', 'left.txt': '' });
    const made = await commit(worktree, { files: odd });
    expect(made).toMatchObject({ kind: 'committed', left: ['left.txt', 'star'] });
    expect(show(worktree, 'ls-tree', '-z', '--name-only', 'HEAD').split('\0').filter(Boolean).sort()).toEqual(
      [...odd, 'README.md', 'src'].sort(),
    );
  });
});

describe('a checkpoint', () => {
  it('brings back commits and unfinished work on another host, and changes nothing in the worktree', async () => {
    const worktree = await world.worktree();
    await put(worktree.directory, { 'README.md': 'committed\n' });
    const made = await commit(worktree);
    await put(worktree.directory, { 'README.md': 'unfinished\n', 'new.txt': 'new\n' });
    await rm(join(worktree.directory, 'src/a.ts'));
    const before = await changesOf(world.host, worktree);
    const saved = await checkpoint(world.host, worktree, 1_700_000_001);
    expect(saved).toMatchObject({ uncommitted: ['README.md', 'new.txt', 'src/a.ts'], problems: [] });
    expect(await changesOf(world.host, worktree)).toEqual(before);

    await removeWorktree(world.host, 'task/1');
    const bundle = join(world.root, 'saved.bundle');
    await writeFile(bundle, saved.bundle);
    const restored = await restoreCheckpoint(world.host, {
      id: 'again',
      mirror: worktree.mirror,
      base: world.base,
      branch: 'work',
      bundle,
    });
    expect(made).toMatchObject({ commit: await headOf(world.host, restored) });
    expect((await changesOf(world.host, restored)).files).toEqual(['README.md', 'new.txt', 'src/a.ts']);
    expect([await content(restored, 'README.md'), await content(restored, 'new.txt')]).toEqual(['unfinished\n', 'new\n']);
    await expect(stat(join(restored.directory, 'src/a.ts'))).rejects.toThrow('ENOENT');
    const state = await checkWorktree(world.host, restored, { branch: 'work', allowChanges: true });
    expect(state).toMatchObject({ kind: 'ready', repaired: [] });
  });

  it('of a worktree without work is one too', async () => {
    const worktree = await world.worktree();
    const bundle = join(world.root, 'saved.bundle');
    await writeFile(bundle, (await checkpoint(world.host, worktree, 1)).bundle);
    const restored = await restoreCheckpoint(world.host, {
      id: 'again',
      mirror: worktree.mirror,
      base: world.base,
      branch: 'work',
      bundle,
    });
    expect(await checkWorktree(world.host, restored, { branch: 'work' })).toMatchObject({ kind: 'ready', head: world.base });
  });
});

describe('before a session', () => {
  const check = (worktree: Worktree) => checkWorktree(world.host, worktree, { branch: 'work' });

  it('a stale lock is removed, one whose owner lives is not', async () => {
    const worktree = await world.worktree();
    await writeFile(join(worktree.gitDirectory, 'index.lock'), '');
    await mkdir(join(worktree.gitDirectory, 'scratch-left'));
    const owner = spawn('git', [`--git-dir=${worktree.gitDirectory}`, 'cat-file', '--batch'], { stdio: ['pipe', 'ignore', 'inherit'] });
    await new Promise((resolve) => owner.once('spawn', resolve));
    await expect(check(worktree)).rejects.toThrow('git is at work in this worktree (index.lock)');
    owner.kill('SIGKILL');
    await new Promise((resolve) => owner.once('exit', resolve));
    expect(await check(worktree)).toEqual({ kind: 'ready', head: world.base, repaired: ['removed index.lock, whose owner is dead'] });
    expect(await readdir(worktree.gitDirectory)).not.toContain('scratch-left');
  });

  it('unfinished operations are given up', async () => {
    const worktree = await world.worktree();
    const inside = (...args: string[]): void => {
      try {
        plainGit(worktree.directory, ...args);
      } catch {
        // a conflict is what is wanted
      }
    };
    await put(worktree.directory, { 'README.md': 'mine\n' });
    const made = await commit(worktree);
    if (made.kind !== 'committed') throw new Error(made.problem);
    inside('checkout', '-q', '-b', 'other', world.base);
    await put(worktree.directory, { 'README.md': 'theirs\n' });
    inside('commit', '-qam', 'theirs');
    inside('checkout', '-q', 'work');
    for (const operation of ['merge', 'rebase', 'cherry-pick']) {
      inside(operation, 'other');
      expect(show(worktree, `--work-tree=${worktree.directory}`, 'status', '--porcelain')).toContain('README.md');
      expect(await check(worktree)).toEqual({ kind: 'ready', head: made.commit, repaired: [`gave up an unfinished ${operation}`] });
      expect(await content(worktree, 'README.md')).toBe('mine\n');
    }
  });

  it('work that is not committed, or another branch, is refused with what it is', async () => {
    const worktree = await world.worktree();
    await put(worktree.directory, { 'new.txt': '' });
    expect(await check(worktree)).toEqual({ kind: 'refused', problem: '1 files have changes that are not committed: new.txt' });
    expect(await checkWorktree(world.host, worktree, { branch: 'work', allowChanges: true })).toMatchObject({ kind: 'ready' });
    expect(await checkWorktree(world.host, worktree, { branch: 'main' })).toEqual({
      kind: 'refused',
      problem: 'the worktree is on work, expected was main',
    });
  });
});
