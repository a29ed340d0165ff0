// Publishing, against a forge over HTTP with tokens and against bare repositories with rules of their own.
import { execFileSync } from 'node:child_process';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Worktree } from '../../src/git/command.ts';
import { commitFiles } from '../../src/git/commit.ts';
import { fetchFork, fetchMirror, isPublished, remoteBranch, type Remote } from '../../src/git/mirror.ts';
import { pushBranch } from '../../src/git/push.ts';
import { createWorktree } from '../../src/git/worktree.ts';
import { startTestForge } from '../forge/harness.ts';
import { author, makeWorld, plainGit, put, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(async () => world[Symbol.asyncDispose]());

const work = async (worktree: Worktree, parent: string, text: string): Promise<string> => {
  await put(worktree.directory, { 'README.md': text });
  const made = await commitFiles(world.host, worktree, { parent, message: 'Work\n', author, at: 1 });
  if (made.kind !== 'committed') throw new Error(made.problem);
  return made.commit;
};

const push = (worktree: Worktree, commit: string, expected: string | null, remote: Remote = world.remote) =>
  pushBranch(world.host, worktree, { remote, branch: 'work', commit, expected });

describe('a push', () => {
  it('is exact: with the lease it moves the branch, and a second one after a lost answer changes nothing', async () => {
    const worktree = await world.worktree();
    const first = await work(worktree, world.base, 'one\n');
    expect(await push(worktree, first, null)).toEqual({ kind: 'pushed' });
    expect(await push(worktree, first, null)).toEqual({ kind: 'pushed' });
    const second = await work(worktree, first, 'two\n');
    expect(await push(worktree, second, first)).toEqual({ kind: 'pushed' });
    expect(await remoteBranch(world.host, world.remote, 'work')).toBe(second);
  });

  it('never overwrites what a person has pushed meanwhile, nor brings back a branch that was removed', async () => {
    const worktree = await world.worktree();
    const first = await work(worktree, world.base, 'one\n');
    await push(worktree, first, null);
    plainGit(world.seed, 'commit', '-q', '--allow-empty', '-m', 'a person was here');
    const theirs = plainGit(world.seed, 'rev-parse', 'HEAD');
    plainGit(world.seed, 'push', '-qf', world.remote.url, 'HEAD:work');
    const second = await work(worktree, first, 'two\n');
    expect(await push(worktree, second, first)).toEqual({ kind: 'lease-lost', actual: theirs });
    expect(await remoteBranch(world.host, world.remote, 'work')).toBe(theirs);
    plainGit(world.remote.url, 'update-ref', '-d', 'refs/heads/work');
    expect(await push(worktree, second, first)).toEqual({ kind: 'lease-lost', actual: null });
  });

  it('into a fork goes to its one branch; the repository it is of, and the mirror of that, have no branch of it', async () => {
    const fork: Remote = { url: join(world.root, 'fork.git'), forkOf: world.remote.url };
    plainGit(world.root, 'clone', '-q', '--bare', world.remote.url, fork.url);
    plainGit(world.seed, 'commit', '-q', '--allow-empty', '-m', 'by a stranger');
    const theirs = plainGit(world.seed, 'rev-parse', 'HEAD');
    plainGit(world.seed, 'push', '-q', fork.url, 'HEAD:main', 'HEAD:other');
    const { mirror } = await fetchMirror(world.host, world.remote);
    await fetchFork(world.host, fork, 'gone');
    expect(await isPublished(mirror, theirs)).toBe(false);
    await fetchFork(world.host, fork, 'main');
    expect(await isPublished(mirror, theirs)).toBe(true);
    const worktree = await createWorktree(world.host, { id: 'mr/1', mirror, base: theirs, branch: 'main' });
    const commit = await work(worktree, theirs, 'mended\n');
    const pushed = () => pushBranch(world.host, worktree, { remote: fork, branch: 'main', commit, expected: theirs });
    expect([await pushed(), await pushed()]).toEqual([{ kind: 'pushed' }, { kind: 'pushed' }]);
    expect(plainGit(fork.url, 'rev-parse', 'main', 'other').split('\n')).toEqual([commit, theirs]);
    expect(plainGit(world.remote.url, 'for-each-ref', '--format=%(refname) %(objectname)')).toBe(`refs/heads/main ${world.base}`);
    expect(plainGit(mirror, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads')).toBe(`refs/heads/main ${world.base}`);
    expect(await isPublished(mirror, commit)).toBe(true);
  });

  it('that the forge refuses says why', async () => {
    await writeFile(join(world.remote.url, 'hooks/pre-receive'), '#!/bin/sh\necho "protected branch"; exit 1\n');
    await chmod(join(world.remote.url, 'hooks/pre-receive'), 0o755);
    const worktree = await world.worktree();
    const outcome = await push(worktree, await work(worktree, world.base, 'one\n'), null);
    expect(outcome).toMatchObject({
      kind: 'refused',
      problem: expect.stringMatching(/pre-receive hook declined.*protected branch/) as unknown,
    });
  });

  it('of another commit than the worktree is at, or of none, is refused', async () => {
    const worktree = await world.worktree();
    expect(await push(worktree, world.base, null)).toEqual({ kind: 'refused', problem: 'the branch has no commit of its own' });
    await work(worktree, world.base, 'one\n');
    expect(await push(worktree, world.base, null)).toMatchObject({ kind: 'refused' });
  });

  it('to a remote that is not there throws, so that it is tried again', async () => {
    const worktree = await world.worktree();
    const commit = await work(worktree, world.base, 'one\n');
    const gone = { url: world.remote.url };
    execFileSync('mv', [world.remote.url, `${world.remote.url}.away`]);
    await expect(push(worktree, commit, null, gone)).rejects.toThrow('does not appear to be a git repository');
  });
});

describe('the token', () => {
  it('reaches the forge and nothing else: no argument, no file, no worktree', async () => {
    const forge = await startTestForge({ checked: false });
    try {
      const { owner, repo } = await forge.repository(undefined, { private: true, from: world.remote.url });
      const token = forge.tokens['writer']!;
      const remote = { url: `${forge.url}/${owner}/${repo}.git`, token };
      await expect(fetchMirror(world.host, { url: remote.url })).rejects.toThrow();
      await expect(fetchMirror(world.host, { ...remote, token: 'wrong' })).rejects.toThrow();

      // The push is held until it was seen: it is over before anybody could look.
      const fault = { kind: 'hold' };
      const { id } = await forge.control<{ id: string }>('POST', '/_faults', { route: 'git/receive-pack', when: 'before', fault });
      let done = false;
      const publish = async (): Promise<void> => {
        const { mirror } = await fetchMirror(world.host, remote);
        const worktree = await createWorktree(world.host, { id: 'x', mirror, base: world.base, branch: 'work' });
        expect(await push(worktree, await work(worktree, world.base, 'one\n'), null, remote)).toEqual({ kind: 'pushed' });
        done = true;
      };
      const commandLines = new Set<string>();
      const isPush = (line: string): boolean => line.includes('\0push\0') && line.includes(remote.url);
      let isHeld = true;
      const watch = async (): Promise<void> => {
        while (!done) {
          const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
          const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
          for (const line of lines) commandLines.add(line);
          if (isHeld && lines.some(isPush)) await forge.control('DELETE', `/_faults?id=${id}`).then(() => (isHeld = false));
        }
      };
      await Promise.all([publish(), watch()]);
      expect(await remoteBranch(world.host, remote, 'work')).not.toBeNull();
      expect([...commandLines].some(isPush)).toBe(true);
      expect([...commandLines].filter((line) => line.includes(token))).toEqual([]);
      expect(execFileSync('sh', ['-c', 'grep -rl "$0" "$1" || true', token, world.host.root], { encoding: 'utf8' })).toBe('');
    } finally {
      await forge.stop();
    }
  });

  it('in the address of a remote is refused', async () => {
    await expect(fetchMirror(world.host, { url: 'https://user:hunter2@example.org/x.git' })).rejects.toThrow('credentials in its address');
  });
});
