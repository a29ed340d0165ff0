// Commits of a checked list of files. The commit's id follows from its content and the given time, so the same commit asked for again
// is the same commit: a retry finds it made, whatever moment the first attempt died at.
import { copyFile, rename, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { changesOf } from './changes.ts';
import { git, gitLine, scratch, type GitHost, type Worktree } from './command.ts';
import { makeCommit, makeUnsignedCommit, type NewCommit } from './make-commit.ts';

export interface CommitInput {
  /** The commit that the branch is at, before this one. */
  readonly parent: string;
  /** A second parent, for a commit that merges. */
  readonly merges?: string;
  readonly message: string;
  /** What to commit; each must have changed. All changes where it is left out. */
  readonly files?: readonly string[];
  readonly author: { readonly name: string; readonly email: string };
  /** Seconds since 1970. From the caller, so that a retry gives the same id. */
  readonly at: number;
}

export type CommitOutcome =
  | {
      readonly kind: 'committed';
      readonly commit: string;
      readonly files: readonly string[];
      /** Changed and not in it. */ readonly left: readonly string[];
    }
  /** Nothing was done; the agent can correct it. */
  | { readonly kind: 'refused'; readonly problem: string };

export async function commitFiles(host: GitHost, worktree: Worktree, input: CommitInput): Promise<CommitOutcome> {
  await using own = await scratch(worktree);
  const index = await indexAt(host, worktree, input.parent, own.path);
  const { files: changed, deleted, problems } = await changesOf(host, worktree, index);
  if (problems.length > 0) return { kind: 'refused', problem: problems.join('; ') };
  const files = input.files ?? changed;
  const unchanged = files.filter((file) => !changed.includes(file));
  if (unchanged.length > 0) return { kind: 'refused', problem: `not changed, so not to be committed: ${unchanged.join(', ')}` };
  if (files.length === 0) return { kind: 'refused', problem: 'nothing has changed' };

  const wanted = await makeCommit(host, worktree, await newCommit(host, worktree, { ...input, index, files, deleted }));
  const head = await headOf(host, worktree);
  const isThere = head === wanted || (head !== input.parent && (await isSameWork(host, worktree, head, wanted)));
  if (!isThere && head !== input.parent)
    return { kind: 'refused', problem: `the branch is at ${head}, not at ${input.parent}; somebody has committed meanwhile` };
  if (!isThere) await git(host, worktree, ['update-ref', 'HEAD', wanted, input.parent], { access: 'write' });
  await rename(index, join(worktree.gitDirectory, 'index'));
  return { kind: 'committed', commit: isThere ? head : wanted, files, left: changed.filter((file) => !files.includes(file)) };
}

/** Made by an earlier attempt under another name or with another key: who commits may have been set anew between the two. */
async function isSameWork(host: GitHost, worktree: Worktree, one: string, other: string): Promise<boolean> {
  const workOf = (commit: string): Promise<string> =>
    git(host, worktree, ['show', '--no-patch', '--no-show-signature', '--format=%T%x00%P%x00%B', commit], { access: 'read' });
  return (await workOf(one)) === (await workOf(other));
}

/** The commit that the branch is at. */
export const headOf = (host: GitHost, worktree: Worktree): Promise<string> =>
  gitLine(host, worktree, ['rev-parse', '--verify', 'HEAD^{commit}'], { access: 'read' });

/** An index of its own that stands at a commit and knows which files are as they were, so that they need not be read again. */
export async function indexAt(host: GitHost, worktree: Worktree, commit: string, directory: string): Promise<string> {
  const index = join(directory, 'index');
  const own = join(worktree.gitDirectory, 'index');
  await copyFile(own, index);
  // As old as the one that it copies: git looks again at files that are not older than their index, and no others.
  const { atime, mtime } = await stat(own);
  await utimes(index, atime, mtime);
  await git(host, worktree, ['read-tree', '--reset', '--no-recurse-submodules', commit], {
    access: 'write',
    env: { GIT_INDEX_FILE: index },
  });
  return index;
}

/** Makes the commit of the given files on top of the parent that the index stands at, for nobody but us. Moves no branch. */
export const commitOf = async (host: GitHost, worktree: Worktree, input: StagedCommit): Promise<string> =>
  makeUnsignedCommit(host, worktree, await newCommit(host, worktree, input));

type StagedCommit = CommitInput & { readonly index: string; readonly files: readonly string[]; readonly deleted: readonly string[] };

async function newCommit(host: GitHost, worktree: Worktree, input: StagedCommit): Promise<NewCommit> {
  const env = { GIT_INDEX_FILE: input.index, GIT_LITERAL_PATHSPECS: '1' };
  const gone = new Set(input.deleted);
  // Two commands, because `add` refuses a file that is gone where a link has taken its directory's place.
  const stage = async (args: string[], files: readonly string[]): Promise<void> => {
    if (files.length > 0) await git(host, worktree, args, { access: 'write', env, input: files.join('\0') });
  };
  await stage(
    ['update-index', '--force-remove', '-z', '--stdin'],
    input.files.filter((file) => gone.has(file)),
  );
  await stage(
    ['add', '--pathspec-from-file=-', '--pathspec-file-nul'],
    input.files.filter((file) => !gone.has(file)),
  );
  const tree = await gitLine(host, worktree, ['write-tree'], { access: 'write', env });
  const who = { ...input.author, date: `@${input.at} +0000` };
  const parents = [input.parent, ...(input.merges === undefined ? [] : [input.merges])];
  return { tree, parents, message: input.message, author: who, committer: who };
}
