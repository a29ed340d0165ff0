// What one commit says. Commits never change, so who needs one inside a transaction reads it before.
import type { GitRepository } from './repository.ts';

export interface CommitPerson {
  readonly name: string;
  readonly email: string;
  /** ISO 8601, in UTC. */
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: CommitPerson;
  readonly committer: CommitPerson;
  readonly message: string;
}

const FORMAT = ['%H', '%T', '%P', '%an', '%ae', '%at', '%cn', '%ce', '%ct', '%B'].join('%x00');

/** The commit of exactly this id, or undefined if the repository has none. */
export async function readCommit(git: GitRepository, sha: string): Promise<Commit | undefined> {
  if (!/^[0-9a-f]{40}$/.test(sha)) return undefined;
  const { exitCode, stdout } = await git.attempt(['log', '-1', '--no-walk', `--format=${FORMAT}`, sha, '--']);
  if (exitCode !== 0) return undefined;
  return parse(stdout);
}

/** The commits of a range, as git log takes it, in its order. @param paths if any: only commits that changed one of them */
export async function readCommits(git: GitRepository, range: readonly string[], paths: readonly string[] = []): Promise<Commit[]> {
  const log = await git.run(['log', `--format=${FORMAT}%x01`, ...range, '--', ...paths], { environment: { GIT_LITERAL_PATHSPECS: '1' } });
  return log
    .split('\x01')
    .map((entry) => entry.replace(/^\n/, ''))
    .filter((entry) => entry !== '')
    .map(parse);
}

function parse(entry: string): Commit {
  const [
    id = '',
    tree = '',
    parents = '',
    name = '',
    email = '',
    at = '',
    committer = '',
    committerEmail = '',
    committedAt = '',
    message = '',
  ] = entry.split('\0');
  return {
    sha: id,
    tree,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    author: { name, email, date: dateOf(at) },
    committer: { name: committer, email: committerEmail, date: dateOf(committedAt) },
    message: message.trimEnd(),
  };
}

const dateOf = (seconds: string): string => new Date(Number(seconds) * 1_000).toISOString().replace('.000Z', 'Z');
