// Brings a branch up to date with its base, where git can do that without anybody's judgement. Nothing of a worktree's files is read: merges
// are made of commits alone, so what an agent has left there (attributes too) has no say. The same commits give the same commit, so a
// retry finds it made.
import { git, gitLine, GitError, nulSeparated, scratch, tryGit, type GitHost, type Worktree } from './command.ts';
import { makeCommit, makeUnsignedCommit } from './make-commit.ts';

export interface TakeBase {
  /** Newest commit of the branch. */
  readonly head: string;
  /** Newest commit of its base; in the worktree's repository or in its mirror. */
  readonly base: string;
  /** `rebase` is tried first and falls back to a merge; it rewrites the branch, so its caller knows whose commits are on it. */
  readonly how: 'rebase' | 'merge';
  readonly author: { readonly name: string; readonly email: string };
  /** Of the commit that merges. */
  readonly message: string;
}

export type BaseTaken =
  | { readonly kind: 'taken'; readonly commit: string; readonly how: 'rebase' | 'merge' }
  /** `files`: where both sides have changed the same. */
  | { readonly kind: 'conflict'; readonly files: readonly string[] }
  /** The branch has the base in it already. */
  | { readonly kind: 'contained' }
  /** All that the branch brings is in the base. */
  | { readonly kind: 'empty' };

/** More commits than this are merged: a rebase makes each of them anew. */
const MOST_REBASED = 100;

/** @throws GitError where a commit is not known */
export async function takeBase(host: GitHost, worktree: Worktree, input: TakeBase): Promise<BaseTaken> {
  const { head, base, how } = input;
  await using nowhere = await withoutFiles(worktree);
  const { place } = nowhere;
  if (await isWithin(host, place, base, head)) return { kind: 'contained' };
  if (how === 'rebase') {
    const rebased = await rebase(host, place, input);
    if (rebased === base) return { kind: 'empty' };
    if (rebased !== null) return { kind: 'taken', commit: rebased, how: 'rebase' };
  }
  const merged = await mergeTrees(host, place, head, base);
  if (merged.conflicts.length > 0) return { kind: 'conflict', files: merged.conflicts };
  const at = 1 + Math.max(...(await Promise.all([head, base].map((commit) => timeOf(host, place, commit)))));
  const who = { ...input.author, date: `@${at} +0000` };
  const commit = await makeCommit(host, place, {
    tree: merged.tree,
    parents: [head, base],
    message: input.message,
    author: who,
    committer: who,
  });
  return { kind: 'taken', commit, how: 'merge' };
}

/** Whether git merges two commits without a conflict; if not, where it can't. */
export async function conflictsOf(host: GitHost, worktree: Worktree, head: string, base: string): Promise<readonly string[]> {
  await using nowhere = await withoutFiles(worktree);
  return (await mergeTrees(host, nowhere.place, head, base)).conflicts;
}

/**
 * Leaves the merge of both in the files of a worktree that stands at `head`, with git's marks where it could not decide. The branch stays
 * at `head`. Returns the files with conflicts.
 */
export async function layMerge(host: GitHost, worktree: Worktree, head: string, base: string): Promise<readonly string[]> {
  await using nowhere = await withoutFiles(worktree);
  const { tree, conflicts } = await mergeTrees(host, nowhere.place, head, base);
  await git(host, worktree, ['read-tree', '--reset', '-u', '--no-recurse-submodules', tree], { access: 'write' });
  return conflicts;
}

/** Files of these that still have git's marks of a conflict. */
export async function withMarks(host: GitHost, worktree: Worktree, files: readonly string[]): Promise<string[]> {
  if (files.length === 0) return [];
  const args = ['grep', '--no-color', '--no-index', '-z', '-l', '-I', '-E', '-e', '^(<{7}|>{7})( |$)', '--', ...files];
  const result = await tryGit(host, worktree, args, { access: 'read', env: { GIT_LITERAL_PATHSPECS: '1' } });
  if (result.status > 1) throw new GitError(args, result);
  return nulSeparated(result.stdout.toString()).sort();
}

/** Whether `commit` is in the history of `of`. @throws GitError where one of them is not known */
export async function isWithin(host: GitHost, worktree: Worktree, commit: string, of: string): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', commit, of];
  const result = await tryGit(host, worktree, args, { access: 'read' });
  if (result.status > 1) throw new GitError(args, result);
  return result.status === 0;
}

/** The worktree as if it had no files. */
async function withoutFiles(worktree: Worktree): Promise<AsyncDisposable & { readonly place: Worktree }> {
  const own = await scratch(worktree);
  return { place: { ...worktree, directory: own.path }, [Symbol.asyncDispose]: () => own[Symbol.asyncDispose]() };
}

async function mergeTrees(
  host: GitHost,
  place: Worktree,
  ours: string,
  theirs: string,
): Promise<{ readonly tree: string; readonly conflicts: readonly string[] }> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', '--allow-unrelated-histories', ours, theirs];
  const result = await tryGit(host, place, args, { access: 'write' });
  if (result.status > 1) throw new GitError(args, result);
  const [tree = '', ...conflicts] = nulSeparated(result.stdout.toString());
  return { tree, conflicts: [...new Set(conflicts)].sort() };
}

/** The branch's commits one by one on the base; null where that is not mechanical. What the base has already is left out. */
async function rebase(host: GitHost, place: Worktree, { head, base, author }: TakeBase): Promise<string | null> {
  const range = ['rev-list', '--reverse', '--topo-order', '--parents', `--max-count=${MOST_REBASED + 1}`, `${base}..${head}`];
  const commits = (await git(host, place, range, { access: 'read' })).split('\n').filter((line) => line !== '');
  if (commits.length > MOST_REBASED) return null;
  let onto = base;
  for (const line of commits) {
    const [commit = '', parent, ...more] = line.split(' ');
    if (parent === undefined || more.length > 0) return null; // a merge would be flattened, a root has nothing to differ from
    // A commit with the tree of `onto` and the parent of `commit`: git then merges with that parent as what both began with.
    const treeOf = (of: string): Promise<string> => gitLine(host, place, ['rev-parse', `${of}^{tree}`], { access: 'read' });
    const nobody = { ...author, date: '@0 +0000' };
    const tree = await treeOf(onto);
    const stand = await makeUnsignedCommit(host, place, { tree, parents: [parent], message: 'onto', author: nobody, committer: nobody });
    const merged = await mergeTrees(host, place, stand, commit);
    if (merged.conflicts.length > 0) return null;
    if (merged.tree === tree && tree !== (await treeOf(parent))) continue;
    onto = await commitAgain(host, place, { commit, tree: merged.tree, onto, committer: author });
  }
  return onto;
}

/** The same commit elsewhere: words, author and times stay. */
async function commitAgain(
  host: GitHost,
  place: Worktree,
  { commit, tree, onto, committer }: { commit: string; tree: string; onto: string; committer: TakeBase['author'] },
): Promise<string> {
  const shown = await git(
    host,
    place,
    ['show', '--no-patch', '--no-show-signature', '--format=%an%x00%ae%x00%ad%x00%ct%x00%B', '--date=raw', commit],
    {
      access: 'read',
    },
  );
  const [name = '', email = '', date = '', at = '', ...message] = shown.split('\0');
  return makeCommit(host, place, {
    tree,
    parents: [onto],
    message: message.join('\0').replace(/\n$/, ''),
    author: { name: name === '' ? 'unknown' : name, email, date: `@${date}` },
    committer: { ...committer, date: `@${at} +0000` },
  });
}

const timeOf = async (host: GitHost, place: Worktree, commit: string): Promise<number> =>
  Number(await gitLine(host, place, ['show', '--no-patch', '--format=%ct', commit], { access: 'read' }));
