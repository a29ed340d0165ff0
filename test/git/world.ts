// A remote with a few commits, made by plain git, and a host with an empty root. For tests of the git boundary.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { GitHost, Worktree } from '../../src/git/command.ts';
import { fetchMirror, type Remote } from '../../src/git/mirror.ts';
import { createWorktree } from '../../src/git/worktree.ts';
import { bubblewrap } from '../../src/sandbox/bubblewrap.ts';
import { launch } from '../support/launch.ts';

export interface World extends AsyncDisposable {
  readonly root: string;
  readonly host: GitHost;
  readonly remote: Remote;
  /** The commit of `main` on the remote. */
  readonly base: string;
  /** A clone whose commits become the remote's by `publish`. */
  readonly seed: string;
  publish(): string;
  /** A worktree on `work`, made from the remote's present `main`. */
  worktree(id?: string): Promise<Worktree>;
}

/** Plain git, as a person has it: the repository's own configuration counts. */
export const plainGit = (cwd: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', '-c', 'protocol.file.allow=always', ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' },
  }).trimEnd();

export const put = async (directory: string, files: Record<string, string>): Promise<void> => {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
};

export const author = { name: 'Agent', email: 'agent@example.org' };

export async function makeWorld(
  files: Record<string, string> = { 'README.md': 'hello\n', 'src/a.ts': 'export const a = 1;\n' },
): Promise<World> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'signalbox-git-')));
  const remotePath = join(root, 'remote.git');
  const seed = join(root, 'seed');
  plainGit(root, 'init', '-q', '--bare', '-b', 'main', remotePath);
  plainGit(root, 'init', '-q', '-b', 'main', seed);
  await put(seed, files);
  const publish = (): string => {
    plainGit(seed, 'push', '-q', remotePath, 'HEAD:main');
    return plainGit(seed, 'rev-parse', 'HEAD');
  };
  plainGit(seed, 'add', '-A');
  plainGit(seed, 'commit', '-qm', 'base');
  const base = publish();
  const host: GitHost = { root: join(root, 'host'), sandbox: { ...bubblewrap(), launch } };
  const remote = { url: remotePath };
  return {
    root,
    host,
    remote,
    base,
    seed,
    publish,
    async worktree(id = 'task/1') {
      const { mirror } = await fetchMirror(host, remote);
      return createWorktree(host, { id, mirror, base: plainGit(remotePath, 'rev-parse', 'main'), branch: 'work' });
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
