// The commits of a push, as webhooks and closing keywords need them.
import { logFormat } from './log.ts';
import { NO_SHA, type GitRepository } from './repository.ts';

export interface PushedCommit {
  readonly sha: string;
  readonly tree: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly committer: { readonly name: string; readonly email: string };
  /** ISO 8601, with the author's zone. */
  readonly at: string;
  readonly message: string;
  /** Paths; a renamed file is removed and added. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly modified: readonly string[];
}

/** As many as GitHub's push event has at most. */
const MOST = 2_048;
const FIELDS = ['%H', '%T', '%an', '%ae', '%aI', '%cn', '%ce', '%B'];
const SHA = /^[0-9a-f]{40}$/;

/**
 * The newest of the commits that a branch gained by moving, oldest first; all of a new branch that no other branch has. The files of a merge
 * are those by which it differs from its first parent.
 */
export async function pushedCommits(git: GitRepository, ref: string, before: string, after: string): Promise<PushedCommit[]> {
  const others = ['--not', `--exclude=${ref.replace('refs/heads/', '')}`, '--branches'];
  return readLog(git, ['--reverse', `--max-count=${MOST}`, ...(before === NO_SHA ? [after, ...others] : [`${before}..${after}`])]);
}

/** A commit as a push tells of it. */
export async function pushedCommit(git: GitRepository, sha: string): Promise<PushedCommit | undefined> {
  return (await readLog(git, ['--max-count=1', sha]))[0];
}

async function readLog(git: GitRepository, range: readonly string[]): Promise<PushedCommit[]> {
  const files = ['--name-status', '--no-renames', '--diff-merges=first-parent'];
  const tokens = (await git.run(['log', '-z', ...files, logFormat(FIELDS), ...range, '--'])).split('\0');
  const commits: PushedCommit[] = [];
  for (let at = 0; SHA.test(tokens[at] ?? '');) {
    const facts = tokens.slice(at, (at += FIELDS.length));
    const end = endOfFiles(tokens, at);
    commits.push(commitOf(facts, tokens.slice(at, end)));
    at = end;
  }
  return commits;
}

/** After the message come pairs of a status, which is a letter, and a path, up to the id of the next commit. The first begins on a new line. */
function endOfFiles(tokens: readonly string[], start: number): number {
  let at = start;
  while (/^\n?[A-Z]$/.test(tokens[at] ?? '')) at += 2;
  return at;
}

function commitOf(facts: readonly string[], files: readonly string[]): PushedCommit {
  const [sha = '', tree = '', name = '', email = '', at = '', committer = '', committerEmail = '', message = ''] = facts;
  const pathsOf = (isWanted: (status: string) => boolean): string[] =>
    files.filter((_path, index) => index % 2 === 1 && isWanted((files[index - 1] ?? '').trim()));
  return {
    sha,
    tree,
    author: { name, email },
    committer: { name: committer, email: committerEmail },
    at,
    message: message.trimEnd(),
    added: pathsOf((status) => status === 'A'),
    removed: pathsOf((status) => status === 'D'),
    modified: pathsOf((status) => status !== 'A' && status !== 'D'),
  };
}
