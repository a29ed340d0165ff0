// Merges made of objects alone: nothing is checked out, and no ref moves. What they make is worth nothing until a ref points to it.
import { isNoName, type NamedAt } from './identity.ts';
import { logFormat, logRecords } from './log.ts';
import { GitFailure, type GitRepository, type Identity } from './repository.ts';

/** Whom git names for what the forge itself commits. */
export const FORGE_IDENTITY: Identity = { name: 'Forge', email: 'noreply@forge.local' };

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: NamedAt;
  readonly committer: NamedAt;
}

/** The tree of two commits merged, or undefined if they conflict (or have nothing in common, or trees that git aborts at). */
export async function mergedTree(git: GitRepository, ours: string, theirs: string): Promise<string | undefined> {
  const args = ['merge-tree', '--write-tree', '--no-messages', ours, theirs];
  const { exitCode, signal, stdout, stderr } = await git.attempt(args);
  if (exitCode === 0) return stdout.trim();
  if (exitCode === 1 || signal === 'SIGABRT' || stderr.includes('unrelated histories')) return undefined;
  throw new GitFailure(args, exitCode, stderr);
}

export async function commitTree(git: GitRepository, commit: NewCommit): Promise<string> {
  const parents = commit.parents.flatMap((parent) => ['-p', parent]);
  const output = await git.run(['commit-tree', commit.tree, ...parents, '-F', '-'], {
    input: messageFor(commit.message),
    environment: { ...environmentFor('AUTHOR', commit.author), ...environmentFor('COMMITTER', commit.committer) },
  });
  return output.trim();
}

/** What a commit that is replayed says of its author may be what git would not write: no name, or a date out of its own reach. */
function environmentFor(role: 'AUTHOR' | 'COMMITTER', { name, email, date = '' }: NamedAt): Record<string, string> {
  return {
    [`GIT_${role}_NAME`]: isNoName(name) ? (isNoName(email) ? 'unknown' : email) : name,
    [`GIT_${role}_EMAIL`]: email,
    // Without @, git takes small numbers for something else.
    ...(/^\d+ [+-]\d{4}$/.test(date) ? { [`GIT_${role}_DATE`]: `@${date}` } : {}),
  };
}

/** Git takes no NUL, which titles and texts of people may have. */
function messageFor(message: string): string {
  const text = message.replaceAll('\0', '');
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** A commit as a merge needs to know it. */
export interface CommitFacts {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly author: Identity & { readonly date: string };
  readonly message: string;
}

/** The commits that `head` has and `base` has not, oldest first. */
export async function commitsBetween(git: GitRepository, base: string, head: string): Promise<CommitFacts[]> {
  const fields = ['%H', '%P', '%an', '%ae', '%ad', '%B'];
  const output = await git.run(['log', '-z', '--reverse', '--topo-order', '--date=raw', logFormat(fields), `${base}..${head}`, '--']);
  return logRecords(output, fields.length).map(([sha = '', parents = '', name = '', email = '', date = '', message = '']) => ({
    sha,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    author: { name, email, date },
    message: message.trimEnd(),
  }));
}

/** Puts commits, merges left out, one after the other onto `base`; undefined at the first that conflicts. */
export async function replay(
  git: GitRepository,
  base: string,
  commits: readonly CommitFacts[],
  committer: Identity,
): Promise<string | undefined> {
  let tip = base;
  for (const commit of commits.filter(({ parents }) => parents.length < 2)) {
    const tree = await treeOfChange(git, commit, tip);
    if (tree === undefined) return undefined;
    tip = await commitTree(git, { tree, parents: [tip], message: commit.message, author: commit.author, committer });
  }
  return tip;
}

/**
 * The tree of `onto` with the change that a commit made. merge-tree takes its base from history alone (git < 2.40), so it gets a
 * history of three commits in which the commit's parent is the base of both.
 */
async function treeOfChange(git: GitRepository, { sha, parents }: CommitFacts, onto: string): Promise<string | undefined> {
  const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
  const stand = async (tree: string, ...parent: string[]): Promise<string> =>
    commitTree(git, { tree, parents: parent, message: 'A stand-in', author: FORGE_IDENTITY, committer: FORGE_IDENTITY });
  const [parent] = parents;
  const base = await stand(parent === undefined ? emptyTree : `${parent}^{tree}`);
  return mergedTree(git, await stand(`${onto}^{tree}`, base), await stand(`${sha}^{tree}`, base));
}

/**
 * Lines and files that differ between a head and its merge base with `base`, and how many commits make the difference.
 * @throws GitFailure with "no merge base" if they have nothing in common
 */
export async function changeSize(
  git: GitRepository,
  base: string,
  head: string,
): Promise<{ commits: number; additions: number; deletions: number; changedFiles: number }> {
  const [count, stat] = await Promise.all([
    git.run(['rev-list', '--count', `${base}..${head}`]),
    git.run(['diff', '--shortstat', `${base}...${head}`]),
  ]);
  const number = (pattern: RegExp): number => Number(pattern.exec(stat)?.[1] ?? 0);
  return {
    commits: Number(count.trim()),
    changedFiles: number(/(\d+) files? changed/),
    additions: number(/(\d+) insertions?/),
    deletions: number(/(\d+) deletions?/),
  };
}
