// Signed commits: git itself finds them good, a retry gives the same one, and a key or a name that changed in between makes no second one.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { takeBase } from '../../src/git/base.ts';
import type { GitHost } from '../../src/git/command.ts';
import { commitFiles } from '../../src/git/commit.ts';
import { fetchMirror } from '../../src/git/mirror.ts';
import { sshSigner } from '../../src/git/signing.ts';
import { author, makeWorld, plainGit, put, type World } from './world.ts';

const makeKey = ({ root }: World, name: string, ...more: string[]): string => {
  const file = join(root, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'signalbox', '-f', file, ...more]);
  return file;
};

const signing = async (host: GitHost, key: string): Promise<GitHost> => {
  const signer = await sshSigner(key);
  if ('problem' in signer) throw new Error(signer.problem);
  return { ...host, sign: signer.sign };
};

/** As a person checks it who trusts this key. */
const verified = async (world: World, directory: string, key: string, commit: string): Promise<string> => {
  const trusted = join(world.root, 'trusted');
  await writeFile(trusted, `${author.email} ${readFileSync(`${key}.pub`, 'utf8')}`);
  return plainGit(
    directory,
    '-c',
    'gpg.format=ssh',
    '-c',
    `gpg.ssh.allowedSignersFile=${trusted}`,
    'log',
    '-1',
    '--format=%G? %GS',
    commit,
  );
};

describe('a signed commit', () => {
  it('is good by git itself, the same when it is made again, and unchanged but for its signature', async () => {
    await using world = await makeWorld();
    const worktree = await world.worktree();
    await put(worktree.directory, { 'a.txt': 'a\n' });
    const key = makeKey(world, 'key');
    const host = await signing(world.host, key);
    const input = { parent: world.base, message: 'feat: größer\n\nSo it is.\n', author, at: 1_800_000_000 };
    const made = await commitFiles(host, worktree, input);
    expect(made).toMatchObject({ kind: 'committed', files: ['a.txt'] });
    expect(await commitFiles(host, worktree, input)).toEqual(made);
    const { commit } = made as { commit: string };
    expect(await verified(world, worktree.directory, key, commit)).toBe(`G ${author.email}`);
    expect(plainGit(worktree.directory, 'show', '-s', '--format=%an <%ae> %at%n%B', commit)).toBe(
      `${author.name} <${author.email}> 1800000000\nfeat: größer\n\nSo it is.`,
    );
    expect(plainGit(worktree.directory, 'fsck', '--strict', commit)).not.toMatch(/error|warning/);
  });

  it('is not made twice where the key or the name has changed since an earlier attempt', async () => {
    await using world = await makeWorld();
    const worktree = await world.worktree();
    await put(worktree.directory, { 'a.txt': 'a\n' });
    const input = { parent: world.base, message: 'feat: a\n', author, at: 1_800_000_000 };
    const first = await commitFiles(await signing(world.host, makeKey(world, 'old')), worktree, input);
    expect(await commitFiles(await signing(world.host, makeKey(world, 'new')), worktree, input)).toEqual(first);
    expect(await commitFiles(world.host, worktree, { ...input, author: { name: 'Other', email: 'o@example.org' } })).toEqual(first);
    expect(await commitFiles(world.host, worktree, { ...input, message: 'feat: b\n' })).toMatchObject({ kind: 'refused' });
  });

  it('stays signed when the base is taken in, by a rebase and by a merge', async () => {
    await using world = await makeWorld();
    const worktree = await world.worktree();
    const key = makeKey(world, 'key');
    const host = await signing(world.host, key);
    await put(worktree.directory, { 'a.txt': 'a\n' });
    const made = await commitFiles(host, worktree, { parent: world.base, message: 'feat: a\n', author, at: 1_800_000_000 });
    const { commit: head } = made as { commit: string };
    await put(world.seed, { 'b.txt': 'b\n' });
    plainGit(world.seed, 'add', '-A');
    plainGit(world.seed, 'commit', '-qm', 'theirs');
    const base = world.publish();
    await fetchMirror(world.host, world.remote);
    for (const how of ['rebase', 'merge'] as const) {
      const taken = await takeBase(host, worktree, { head, base, how, author, message: 'Merge main\n' });
      expect(taken).toMatchObject({ kind: 'taken', how });
      expect(await verified(world, worktree.directory, key, (taken as { commit: string }).commit)).toBe(`G ${author.email}`);
    }
  });
});

describe('a key that can not sign', () => {
  it('is refused before any work, and what is wrong with it is said', async () => {
    await using world = await makeWorld();
    const problem = async (file: string): Promise<string> => {
      const signer = await sshSigner(file);
      return 'problem' in signer ? signer.problem : 'none';
    };
    expect(await problem(join(world.root, 'missing'))).toContain('No such file or directory');
    expect(await problem(makeKey(world, 'locked', '-N', 'secret'))).toMatch(/passphrase/);
    expect(await problem(makeKey(world, 'other', '-t', 'ecdsa'))).toContain('no ed25519 key');
    const open = makeKey(world, 'open');
    await chmod(open, 0o644);
    expect(await problem(open)).toMatch(/too open/);
    await writeFile(join(world.root, 'text'), 'no key\n');
    expect(await problem(join(world.root, 'text'))).toMatch(/not a (public )?key file/);
  });
});
