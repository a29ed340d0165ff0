// What has changed in a worktree, by git and not by what an agent says, and what in it can't be committed at all.
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nulSeparated, tryGit, GitError, type GitHost, type Worktree } from './command.ts';

export interface Changes {
  /** Paths that differ from the commit, sorted: changed, deleted or new, without what the repository ignores. */
  readonly files: readonly string[];
  /** Those of them that are gone. */
  readonly deleted: readonly string[];
  /** Why some of it can't be committed: nested repositories, names that are not text. Commands of ours refuse the worktree then. */
  readonly problems: readonly string[];
}

/** @param index another index than the worktree's own, so that the comparison is with another commit */
export async function changesOf(host: GitHost, worktree: Worktree, index?: string): Promise<Changes> {
  const args = ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames', '--ignore-submodules=all'];
  const env = index === undefined ? {} : { GIT_INDEX_FILE: index };
  const result = await tryGit(host, worktree, args, { access: 'read', env });
  if (result.status !== 0) throw new GitError(args, result);
  if (result.truncated)
    return { files: [], deleted: [], problems: ['more files have changed than can be listed; the repository should ignore some'] };
  // "XY path": X is about HEAD, which may be another commit than the index stands at; Y is about the worktree.
  const entries = nulSeparated(result.stdout.toString())
    .filter((entry) => entry[1] !== ' ')
    .map((entry) => ({ isDeleted: entry[1] === 'D', path: entry.slice(3) }));
  const paths = entries.map(({ path }) => path).sort();
  const problems = paths.filter((path) => path.includes('\uFFFD')).map((path) => `the name ${JSON.stringify(path)} is not UTF-8`);
  const nested = await nestedRepositories(worktree, paths);
  return {
    files: paths.filter((path) => !path.endsWith('/')),
    deleted: entries.filter(({ isDeleted }) => isDeleted).map(({ path }) => path),
    problems: [...problems, ...nested.map((path) => `${JSON.stringify(path)} is a repository of its own; remove its .git`)],
  };
}

/** Directories with a `.git` of their own above a changed path, and untracked ones, which git shows as `directory/`. */
async function nestedRepositories(worktree: Worktree, paths: readonly string[]): Promise<string[]> {
  const directories = new Set<string>();
  for (const path of paths)
    for (let above = dirname(path); above !== '.' && !directories.has(above); above = dirname(above)) directories.add(above);
  const nested = new Set(paths.filter((path) => path.endsWith('/')).map((path) => path.slice(0, -1)));
  for (const directory of directories) if (await exists(join(worktree.directory, directory, '.git'))) nested.add(directory);
  return [...nested].sort();
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
