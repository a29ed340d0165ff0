// Our own git on a worktree. What an agent left there must not make git run anything, so: the git directory is named and lies outside
// of the worktree (a `.git` inside is never looked at), it has the configuration that we wrote and no other, and all of it happens in
// the sandbox, without network or credentials. Attributes of a repository may name filters; without configuration they are nothing.
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run, type RunResult } from '../sandbox/run.ts';
import type { Sign } from './signing.ts';
import { DEFAULT_LIMITS, type Confinement, type Sandbox } from '../sandbox/confinement.ts';

/** Where this host keeps mirrors and worktrees, and how it confines git. */
export interface GitHost {
  readonly root: string;
  readonly sandbox: Sandbox;
  /** How commits that are published are signed; they are not where it is left out. */
  readonly sign?: Sign;
}

/** The same host, whose commits are signed so; not at all where it is undefined. */
export const signingBy = ({ root, sandbox }: GitHost, sign: Sign | undefined): GitHost => ({
  root,
  sandbox,
  ...(sign !== undefined && { sign }),
});

/** A worktree and what belongs to it. Only `directory` can be written by an agent. */
export interface Worktree {
  readonly directory: string;
  readonly gitDirectory: string;
  /** Files on their way into the worktree (write, edit). */
  readonly staging: string;
  /** The mirror whose objects the worktree borrows. */
  readonly mirror: string;
}

/** The commit that a worktree was made from. */
export const BASE = 'refs/signalbox/base';

/** git ended with a status that its caller did not expect: a broken world, or a bug of ours. */
export class GitError extends Error {
  readonly status: number;
  constructor(args: readonly string[], { status, stderr, timedOut }: RunResult) {
    super(`git ${args.join(' ')} ended with ${timedOut ? 'a time-out' : `status ${status}`}: ${stderr.toString().trim().slice(0, 2000)}`);
    this.status = status;
  }
}

export interface GitOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** `read` mounts everything read-only. */
  readonly access: 'read' | 'write';
  readonly outputBytes?: number;
  readonly timeoutMs?: number;
}

/** No hooks, no programs that watch or filter, no way into submodules, no clean-up in the background, no transport. */
export const HARMLESS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'submodule.recurse=false',
  'diff.ignoreSubmodules=all',
  'commit.gpgSign=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'protocol.allow=never',
].flatMap((setting) => ['-c', setting]);

/** The configuration of the user and of the system is not ours. */
export const NO_CONFIGURATION = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_EDITOR: ':',
  LC_ALL: 'C.UTF-8',
};

/** Runs git on a worktree, whatever its status. */
export function tryGit(host: GitHost, worktree: Worktree, args: readonly string[], options: GitOptions): Promise<RunResult> {
  const places = [`--git-dir=${worktree.gitDirectory}`, `--work-tree=${worktree.directory}`];
  const confinement: Confinement = {
    mounts: [
      { path: `${worktree.mirror}/objects`, access: 'read' },
      { path: worktree.gitDirectory, access: options.access },
      { path: worktree.directory, access: options.access },
    ],
    env: { ...NO_CONFIGURATION, ...(options.access === 'read' ? { GIT_OPTIONAL_LOCKS: '0' } : {}), ...options.env },
    cwd: worktree.directory,
    limits: DEFAULT_LIMITS,
  };
  return run(host.sandbox, confinement, ['git', ...places, ...HARMLESS, ...args], {
    timeoutMs: options.timeoutMs ?? 5 * 60_000,
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.outputBytes === undefined ? {} : { outputBytes: options.outputBytes }),
  });
}

/** Runs git on a worktree and gives back what it printed. @throws GitError */
export async function git(host: GitHost, worktree: Worktree, args: readonly string[], options: GitOptions): Promise<string> {
  const result = await tryGit(host, worktree, args, options);
  if (result.status !== 0) throw new GitError(args, result);
  return result.stdout.toString();
}

/** One line of output, without its end: an object id, a name. */
export const gitLine = async (...parameters: Parameters<typeof git>): Promise<string> => (await git(...parameters)).trimEnd();

/** Paths as git's -z prints them. */
export const nulSeparated = (output: string): string[] => output.split('\0').filter((part) => part !== '');

/** A directory of one operation's own files, so that two at once (a late heartbeat starts a second attempt) do not meet. */
export async function scratch(worktree: Worktree): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(worktree.gitDirectory, SCRATCH));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** What such directories begin with; a killed operation leaves its own. */
export const SCRATCH = 'scratch-';
