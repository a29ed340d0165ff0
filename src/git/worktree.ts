// Worktrees: one per session or task, made from a known commit. Three directories side by side: `files` (the agent's), `git` (ours, seen
// read-only by the agent, so that it can read history) and `staging`. A worktree borrows the mirror's objects and keeps its own, so one
// session never sees the unpublished work of another.
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DEFAULT_LIMITS, type Confinement, type Limits, type Mount } from '../sandbox/confinement.ts';
import { run } from '../sandbox/run.ts';
import { BASE, git, tryGit, type GitHost, type Worktree } from './command.ts';
import { writeRepository } from './mirror.ts';

export interface NewWorktree {
  readonly id: string;
  /** From `fetchMirror`; it must have the base commit. */
  readonly mirror: string;
  readonly base: string;
  readonly branch: string;
}

/**
 * Makes a worktree with `branch` at the base commit. Where it is there already, this does nothing: it is whole or it is not there.
 * @param fill what else has to be done before it is whole
 */
export async function createWorktree(host: GitHost, input: NewWorktree, fill?: (draft: Worktree) => Promise<void>): Promise<Worktree> {
  const existing = await findWorktree(host, input.id);
  if (existing !== undefined) return existing;
  const home = homeOf(host, input.id);
  // Not beside the others under its own name: a late heartbeat starts a second attempt next to the first.
  const drafts = join(resolve(host.root), 'drafts');
  await removeOld(drafts);
  const draftHome = await mkdtemp(join(drafts, 'worktree-'));
  const final = inside(home, input.mirror);
  const draft = inside(draftHome, input.mirror);
  await mkdir(draft.directory);
  await mkdir(draft.staging);
  await writeRepository(draft.gitDirectory, { bare: false, head: `refs/heads/${input.branch}` });
  await writeFile(join(draft.gitDirectory, 'objects', 'info', 'alternates'), `${input.mirror}/objects\n`);
  await git(host, draft, ['check-ref-format', '--branch', input.branch], { access: 'read' });
  const known = await tryGit(host, draft, ['cat-file', '-e', `${input.base}^{commit}`], { access: 'read' });
  if (known.status !== 0) throw new Error(`commit ${input.base} is not in the mirror; fetch it, then make worktree ${input.id}`);
  await git(host, draft, ['update-ref', `refs/heads/${input.branch}`, input.base], { access: 'write' });
  await git(host, draft, ['update-ref', BASE, input.base], { access: 'write' });
  await git(host, draft, ['read-tree', '-m', '-u', '--no-recurse-submodules', input.base], { access: 'write' });
  await fill?.(draft);
  // For the agent's own git. Ours is told where the git directory is, so whatever becomes of this file does not matter.
  await writeFile(join(draft.directory, '.git'), `gitdir: ${final.gitDirectory}\n`, { flag: 'wx' });
  await mkdir(dirname(home), { recursive: true });
  await rename(draftHome, home).catch(async (error: unknown) => {
    await rm(draftHome, { recursive: true });
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error; // another attempt was first
  });
  return final;
}

/** Drafts of attempts that were killed: nobody works on one for a day. */
async function removeOld(drafts: string): Promise<void> {
  await mkdir(drafts, { recursive: true });
  for (const name of await readdir(drafts)) {
    const made = await stat(join(drafts, name)).catch(() => undefined); // it has become a worktree
    if (made !== undefined && made.mtimeMs < Date.now() - 24 * 60 * 60_000) await rm(join(drafts, name), { recursive: true, force: true });
  }
}

export const findWorktree = (host: GitHost, id: string): Promise<Worktree | undefined> => worktreeAt(join(homeOf(host, id), 'files'));

/** The worktree whose files are in this directory. */
export async function worktreeAt(directory: string): Promise<Worktree | undefined> {
  const home = dirname(directory);
  try {
    const objects = await readFile(join(home, 'git', 'objects', 'info', 'alternates'), 'utf8');
    return inside(home, objects.trimEnd().replace(/\/objects$/, ''));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Ids of the worktrees of this host. */
export async function listWorktrees(host: GitHost): Promise<string[]> {
  const names = await readdir(join(resolve(host.root), 'worktrees')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  return names.map(decodeURIComponent).sort();
}

/** Removes a worktree with everything in it. Whether that may be done is the caller's question. */
export async function removeWorktree(host: GitHost, id: string): Promise<void> {
  const directory = join(homeOf(host, id), 'files');
  try {
    await access(directory);
  } catch {
    return;
  }
  // An agent may have left directories that nobody may enter.
  const confinement: Confinement = { mounts: [{ path: directory, access: 'write' }], env: {}, cwd: directory, limits: DEFAULT_LIMITS };
  await run(host.sandbox, confinement, ['chmod', '-R', 'u+rwX', '.'], { timeoutMs: 5 * 60_000 });
  await rm(homeOf(host, id), { recursive: true, force: true });
}

/**
 * What a command of an agent sees of its worktree: the files (to write, unless told otherwise), history to read, and nothing of any other worktree. A directory
 * without git is seen as it is.
 */
export async function confinementOf(
  directory: string,
  {
    programs,
    limits,
    access = 'write',
    network = [],
  }: {
    /** What commands find besides the system's programs, and the PATH that finds it. */
    readonly programs: { readonly mounts: readonly Mount[]; readonly path: string };
    readonly limits: Limits;
    readonly access?: Mount['access'];
    /** Hosts that they may reach. */
    readonly network?: readonly string[];
  },
): Promise<Confinement> {
  const worktree = await worktreeAt(directory);
  const history = worktree === undefined ? [] : [`${worktree.mirror}/objects`, worktree.gitDirectory];
  const mounts: Mount[] = [...programs.mounts, ...history.map((path): Mount => ({ path, access: 'read' })), { path: directory, access }];
  return { mounts, env: { PATH: programs.path }, cwd: directory, limits, network };
}

/** The id of a worktree that `createWorktree` has made, be it there or gone. */
export const worktreeIdOf = ({ directory }: Pick<Worktree, 'directory'>): string => decodeURIComponent(basename(dirname(directory)));

/** Encoded, so that no id leads elsewhere. */
const homeOf = (host: GitHost, id: string): string => join(resolve(host.root), 'worktrees', encodeURIComponent(id).replaceAll('.', '%2E'));

const inside = (home: string, mirror: string): Worktree => ({
  mirror,
  directory: join(home, 'files'),
  gitDirectory: join(home, 'git'),
  staging: join(home, 'staging'),
});
