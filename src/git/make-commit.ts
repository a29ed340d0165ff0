// Makes the object of a commit, and signs it where the host has a key. No branch moves.
import { git, gitLine, type GitHost, type Worktree } from './command.ts';

export interface Person {
  readonly name: string;
  readonly email: string;
  /** As git takes it: "@seconds zone". */
  readonly date: string;
}

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: Person;
  readonly committer: Person;
}

/** What is on its way somewhere else and is never published. */
export async function makeUnsignedCommit(host: GitHost, place: Worktree, commit: NewCommit): Promise<string> {
  const who = (role: string, { name, email, date }: Person) => ({
    [`GIT_${role}_NAME`]: name,
    [`GIT_${role}_EMAIL`]: email,
    [`GIT_${role}_DATE`]: date,
  });
  const env = { ...who('AUTHOR', commit.author), ...who('COMMITTER', commit.committer) };
  const named = commit.parents.flatMap((parent) => ['-p', parent]);
  return gitLine(host, place, ['commit-tree', commit.tree, ...named, '-F', '-'], { access: 'write', input: commit.message, env });
}

export async function makeCommit(host: GitHost, place: Worktree, commit: NewCommit): Promise<string> {
  const unsigned = await makeUnsignedCommit(host, place, commit);
  return host.sign === undefined ? unsigned : signed(host, place, unsigned, host.sign);
}

/** The same commit with a signature of all that it says, in the header where git looks for it. */
async function signed(host: GitHost, place: Worktree, commit: string, sign: NonNullable<GitHost['sign']>): Promise<string> {
  const content = await git(host, place, ['cat-file', 'commit', commit], { access: 'read' });
  const signature = (await sign(content)).trimEnd().replaceAll('\n', '\n ');
  const input = content.replace('\n\n', () => `\ngpgsig ${signature}\n\n`);
  return gitLine(host, place, ['hash-object', '-t', 'commit', '-w', '--stdin'], { access: 'write', input });
}
