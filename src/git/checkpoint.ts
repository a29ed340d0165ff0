// Unfinished work as a git bundle: everything since the base commit, what is not committed included. It is kept in the store, never on
// the forge, so that another host can go on where a machine has died. Ignored files (dependencies, builds) are not in it.
import { copyFile, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_AUTHOR } from '../contracts/authorship.ts';
import { changesOf } from './changes.ts';
import { BASE, git, gitLine, scratch, type GitHost, type Worktree } from './command.ts';
import { commitOf, headOf, indexAt } from './commit.ts';
import { createWorktree, type NewWorktree } from './worktree.ts';

const CHECKPOINT = 'refs/signalbox/checkpoint';

export interface Checkpoint {
  readonly bundle: Buffer;
  /** The last real commit in it. */
  readonly head: string;
  /** The files that were not committed. */
  readonly uncommitted: readonly string[];
  /** What is in the worktree and not in the checkpoint. */
  readonly problems: readonly string[];
}

/** Larger work is refused: it would not be work on source code. */
const MAX_BUNDLE_BYTES = 256 * 1024 ** 2;

/** Reads the worktree and changes nothing in it. @param at seconds since 1970 */
export async function checkpoint(host: GitHost, worktree: Worktree, at: number): Promise<Checkpoint> {
  await using own = await scratch(worktree);
  const { work: _, ...about } = await takeWork(host, worktree, own.path, at);
  return { ...about, bundle: await readFile(await bundleOf(host, worktree, CHECKPOINT, own.path)) };
}

export type CheckpointSince =
  /** All is as it was. */
  | { readonly kind: 'same'; readonly work: string }
  | { readonly kind: 'too large'; readonly bytes: number; readonly work: string }
  | ({ readonly kind: 'changed'; /** Names this state: the same work has the same. */ readonly work: string } & Checkpoint);

/** A checkpoint, if anything has changed since another one. @param since the `work` of that one; null where there is none */
export async function checkpointSince(
  host: GitHost,
  worktree: Worktree,
  { since, mostBytes }: { readonly since: string | null; readonly mostBytes: number },
): Promise<CheckpointSince> {
  await using own = await scratch(worktree);
  const about = await takeWork(host, worktree, own.path, 0); // always the same time, so that the same work is the same commit
  if (about.work === since) return { kind: 'same', work: about.work };
  const { file, bytes } = await writeBundle(host, worktree, CHECKPOINT, own.path);
  if (bytes > mostBytes) return { kind: 'too large', bytes, work: about.work };
  return { kind: 'changed', ...about, bundle: await readFile(file) };
}

/** Makes the commit of everything that is not committed. Moves no branch. */
async function takeWork(host: GitHost, worktree: Worktree, directory: string, at: number) {
  const head = await headOf(host, worktree);
  const index = await indexAt(host, worktree, head, directory);
  const { files, deleted, problems } = await changesOf(host, worktree, index);
  const nameable = files.filter((file) => !file.includes('\uFFFD'));
  const input = { parent: head, message: 'Unfinished work\n', author: DEFAULT_AUTHOR, at, index, files: nameable, deleted };
  const work = await commitOf(host, worktree, input);
  await git(host, worktree, ['update-ref', CHECKPOINT, work], { access: 'write' });
  return { work, head, uncommitted: nameable, problems };
}

/** Writes what a ref has on top of the base into a file of this directory. */
export async function bundleOf(host: GitHost, worktree: Worktree, ref: string, directory: string): Promise<string> {
  const { file, bytes } = await writeBundle(host, worktree, ref, directory);
  if (bytes > MAX_BUNDLE_BYTES)
    throw new Error(`the work in ${worktree.directory} has ${bytes} bytes; a bundle may have ${MAX_BUNDLE_BYTES}`);
  return file;
}

async function writeBundle(host: GitHost, worktree: Worktree, ref: string, directory: string): Promise<{ file: string; bytes: number }> {
  const file = join(directory, 'outgoing.bundle');
  await git(host, worktree, ['bundle', 'create', '--quiet', file, ref, `^${BASE}`], { access: 'write' });
  return { file, bytes: (await stat(file)).size };
}

/** Makes a worktree as it was at a checkpoint: commits on the branch, the rest uncommitted. @param bundle path of a file */
export const restoreCheckpoint = (host: GitHost, input: NewWorktree & { readonly bundle: string }): Promise<Worktree> =>
  createWorktree(host, input, async (draft) => {
    const file = join(draft.gitDirectory, 'incoming.bundle');
    await copyFile(input.bundle, file);
    const written = { access: 'write' as const };
    const work = /^([0-9a-f]+) /.exec(await git(host, draft, ['bundle', 'unbundle', file, CHECKPOINT], written))?.[1];
    if (work === undefined) throw new Error(`the bundle for worktree ${input.id} has no checkpoint in it`);
    const head = await gitLine(host, draft, ['rev-parse', '--verify', `${work}^`], written);
    await git(host, draft, ['read-tree', '--reset', '-u', '--no-recurse-submodules', work], written);
    await git(host, draft, ['update-ref', `refs/heads/${input.branch}`, head], written);
    await git(host, draft, ['read-tree', '--reset', '--no-recurse-submodules', head], written);
    await rm(file);
  });
