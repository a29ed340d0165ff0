// The commits of a push, as webhooks and closing keywords need them.
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
const FORMAT = ['%H', '%T', '%an', '%ae', '%aI', '%cn', '%ce', '%B'].join('%x00');

/** The newest of the commits that a branch gained by moving, oldest first; all of a new branch that no other branch has. */
export async function pushedCommits(git: GitRepository, ref: string, before: string, after: string): Promise<PushedCommit[]> {
  const range = before === NO_SHA ? [after, '--not', `--exclude=${ref}`, '--branches'] : [`${before}..${after}`];
  const format = `--format=%x01${FORMAT}%x02`;
  const log = await git.run(['log', '--reverse', '-z', '--name-status', '--no-renames', `--max-count=${MOST}`, format, ...range]);
  return log
    .split('\x01')
    .slice(1)
    .map((entry) => {
      const [facts = '', files = ''] = entry.split('\x02');
      const [sha = '', tree = '', name = '', email = '', at = '', committer = '', committerEmail = '', message = ''] = facts.split('\0');
      return {
        sha,
        tree,
        author: { name, email },
        committer: { name: committer, email: committerEmail },
        at,
        message: message.trimEnd(),
        ...filesOf(files),
      };
    });
}

/** Status and path by turns; the list begins on a line of its own. */
function filesOf(list: string): Pick<PushedCommit, 'added' | 'removed' | 'modified'> {
  const tokens = list.split('\0').filter((token) => token.trim() !== '');
  const pathsOf = (isWanted: (status: string) => boolean): string[] =>
    tokens.filter((_token, index) => index % 2 === 1 && isWanted((tokens[index - 1] ?? '').trim()));
  return {
    added: pathsOf((status) => status === 'A'),
    removed: pathsOf((status) => status === 'D'),
    modified: pathsOf((status) => status !== 'A' && status !== 'D'),
  };
}
