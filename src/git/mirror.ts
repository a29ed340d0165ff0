// The clean bare repository of a remote: the only place from where git talks to a forge, and so the only git that has a token. No agent
// can write it, its configuration is ours, and commits come into it as bundles: git never reads a worktree's directories outside of the
// sandbox. The token is given to git by askpass: it is in no argument, no file, no remote's address.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { createHash, randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_LIMITS, DEFAULT_PATH } from '../sandbox/confinement.ts';
import { run, type RunResult } from '../sandbox/run.ts';
import { unsandboxed } from '../sandbox/unsandboxed.ts';
import { GitError, HARMLESS, NO_CONFIGURATION, type GitHost } from './command.ts';

export interface Remote {
  /** http, https or a path. Credentials in it are refused. */
  readonly url: string;
  readonly token?: string;
  /** Of a fork: address of the repository whose mirror has its commits, under names of its own. */
  readonly forkOf?: string;
}

export type PushOutcome =
  /** The branch is at the commit now; it may have been there before (an earlier attempt whose answer was lost). */
  | { readonly kind: 'pushed' }
  /** Somebody else has moved the branch: it is at `actual` (null: gone), not at what was expected. */
  | { readonly kind: 'lease-lost'; readonly actual: string | null }
  /** The forge said no: a rule of the branch, a hook, missing permission. */
  | { readonly kind: 'refused'; readonly problem: string };

const ASKPASS = fileURLToPath(new URL('askpass.sh', import.meta.url));

const digestOf = (url: string): string => createHash('sha256').update(url).digest('hex').slice(0, 32);

/** Where the mirror of a remote is. */
export const mirrorOf = (host: GitHost, { url, forkOf = url }: Pick<Remote, 'url' | 'forkOf'>): string =>
  join(resolve(host.root), 'mirrors', `${digestOf(forkOf)}.git`);

/** What the mirror calls a branch of the remote: whatever a stranger calls a branch, it is none of the repository's own. */
const refOf = ({ url, forkOf }: Remote, branch: string): string =>
  forkOf === undefined ? `refs/heads/${branch}` : `refs/forks/${digestOf(url)}/${branch}`;

/** Brings a mirror up to date, and makes it first where it is missing. Nothing is ever removed from it: worktrees borrow its objects. */
export async function fetchMirror(host: GitHost, remote: Remote): Promise<{ readonly mirror: string }> {
  const mirror = mirrorOf(host, remote);
  await makeBare(mirror);
  await fetchInto(mirror, remote, '+refs/heads/*:refs/heads/*');
  return { mirror };
}

/** Takes one branch of a fork into the mirror of its repository, which has to be there; nothing else of the fork. */
export async function fetchFork(host: GitHost, fork: Remote, branch: string): Promise<void> {
  // Gone: there is nothing to take in, and whoever looks for its commit says so.
  if ((await remoteBranch(host, fork, branch)) === null) return;
  await fetchInto(mirrorOf(host, fork), fork, `+refs/heads/${branch}:${refOf(fork, branch)}`);
}

async function fetchInto(mirror: string, remote: Remote, what: string): Promise<void> {
  await transport(mirror, remote, ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--', remote.url, what]);
}

/** Whether some branch of the remote, as the mirror last saw it, or of a fork has this commit. Branches that are gone from there count. */
export async function isPublished(mirror: string, commit: string): Promise<boolean> {
  const args = ['for-each-ref', '--count=1', '--contains', commit, 'refs/heads', 'refs/forks'];
  const result = await tryTransport(mirror, { url: mirror }, args);
  return result.status === 0 && result.stdout.length > 0; // it fails where the mirror does not know the commit
}

/** Whether the mirror has this commit, be it on a branch or not. */
export const hasCommit = async (mirror: string, commit: string): Promise<boolean> =>
  (await tryTransport(mirror, { url: mirror }, ['cat-file', '-e', `${commit}^{commit}`])).status === 0;

/** Where a branch is on the remote right now; null where there is none. */
export async function remoteBranch(host: GitHost, remote: Remote, branch: string): Promise<string | null> {
  const mirror = mirrorOf(host, remote);
  const lines = (await transport(mirror, remote, ['ls-remote', '--', remote.url, `refs/heads/${branch}`])).stdout.toString();
  return /^([0-9a-f]+)\t/.exec(lines)?.[1] ?? null;
}

/**
 * Publishes a commit that a bundle brings, if the branch is still where the caller last saw it. Exact: repeating it after a lost answer
 * finds the branch at the commit.
 */
export async function pushBundle(
  host: GitHost,
  remote: Remote,
  { bundle, commit, branch, expected }: { bundle: string; commit: string; branch: string; expected: string | null },
): Promise<PushOutcome> {
  const mirror = mirrorOf(host, remote);
  await transport(mirror, { url: remote.url }, [
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--',
    bundle,
    `refs/heads/${branch}`,
  ]);
  const lease = `--force-with-lease=refs/heads/${branch}:${expected ?? ''}`;
  const args = ['push', '--porcelain', '--no-verify', lease, '--', remote.url, `${commit}:refs/heads/${branch}`];
  const result = await tryTransport(mirror, remote, args);
  if (result.status === 0) {
    await transport(mirror, remote, ['update-ref', refOf(remote, branch), commit]);
    return { kind: 'pushed' };
  }
  const reason = /^!\t[^\t]*\t\[(?:remote )?(?:rejected|failure)\] ?(.*)$/m.exec(result.stdout.toString())?.[1];
  if (reason === undefined) throw new GitError(args, result); // the forge was not reached, or there is no such repository
  const actual = await remoteBranch(host, remote, branch);
  if (actual === commit) return { kind: 'pushed' };
  if (actual !== expected) return { kind: 'lease-lost', actual };
  return { kind: 'refused', problem: `${reason} ${remoteLines(result)}`.trim() };
}

/** What the forge printed, for people. */
const remoteLines = (result: RunResult): string =>
  [...result.stderr.toString().matchAll(/^remote: (.*)$/gm)]
    .map(([, line]) => line?.trim())
    .join(' ')
    .slice(0, 1000);

async function makeBare(mirror: string): Promise<void> {
  const draft = `${mirror}.${randomUUID()}`;
  await writeRepository(draft, { bare: true, head: 'refs/heads/main' });
  try {
    await rename(draft, mirror); // refused where somebody has made it: directories that are not empty are not replaced
  } catch (error) {
    await rm(draft, { recursive: true });
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** An empty repository, as `git init` makes it, with no template. */
export async function writeRepository(directory: string, { bare, head }: { bare: boolean; head: string }): Promise<void> {
  await mkdir(join(directory, 'objects', 'info'), { recursive: true });
  await mkdir(join(directory, 'refs', 'heads'), { recursive: true });
  await writeFile(join(directory, 'HEAD'), `ref: ${head}\n`);
  await writeFile(join(directory, 'config'), `[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = ${bare}\n`);
}

async function transport(mirror: string, remote: Remote, args: readonly string[]): Promise<RunResult> {
  const result = await tryTransport(mirror, remote, args);
  if (result.status !== 0) throw new GitError(args, result);
  return result;
}

/** Not in the sandbox, because it needs the network; nothing of an agent is in reach of it. */
function tryTransport(mirror: string, { url, token }: Remote, args: readonly string[]): Promise<RunResult> {
  if (/^[a-z]+:\/\/[^/]*@/i.test(url)) throw new Error('a remote has credentials in its address; give them as its token');
  const env = {
    ...NO_CONFIGURATION,
    PATH: DEFAULT_PATH,
    HOME: '/nonexistent',
    GIT_ALLOW_PROTOCOL: 'http:https:file',
    GIT_ASKPASS: ASKPASS,
    ...(token === undefined ? {} : { SIGNALBOX_GIT_TOKEN: token }),
  };
  // No redirects: the token is for the host that was named.
  const settings = [
    ...HARMLESS,
    '-c',
    'http.followRedirects=false',
    '-c',
    'credential.helper=',
    '-c',
    'fetch.recurseSubmodules=false',
    '-c',
    'transfer.fsckObjects=true',
  ];
  const confinement = { mounts: [], env, cwd: '/', limits: DEFAULT_LIMITS };
  return run(unsandboxed(), confinement, ['git', `--git-dir=${mirror}`, ...settings, ...args], { timeoutMs: 15 * 60_000 });
}
