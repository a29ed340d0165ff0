// What one commit says. Commits never change, so who needs one inside a transaction reads it before.
import { logFormat, logRecords } from './log.ts';
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

const FIELDS = ['%H', '%T', '%P', '%an', '%ae', '%at', '%cn', '%ce', '%ct', '%B'];

/** The commit of exactly this id, or undefined if the repository has none. */
export async function readCommit(git: GitRepository, sha: string): Promise<Commit | undefined> {
  if (!/^[0-9a-f]{40}$/.test(sha)) return undefined;
  const object = await git.contents(sha);
  if (object?.type !== 'commit') return undefined;
  const read = parseObject(sha, object.bytes.toString('utf8'));
  if (read !== undefined) return read;
  return logRecords(await git.run(['log', '-z', '--no-walk', logFormat(FIELDS), sha, '--']), FIELDS.length).map(parse)[0];
}

/** Undefined for what only git itself can tell: other encodings, NUL, odd names or dates. */
function parseObject(sha: string, text: string): Commit | undefined {
  const end = text.indexOf('\n\n');
  const header = end < 0 ? text : text.slice(0, end);
  const [, tree = ''] = /^tree ([0-9a-f]{40})$/m.exec(header) ?? [];
  const author = personIn(header, 'author');
  const committer = personIn(header, 'committer');
  if (/^encoding /m.test(header) || text.includes('\0') || author === undefined || committer === undefined) return undefined;
  const parents = [...header.matchAll(/^parent ([0-9a-f]{40})$/gm)].map(([, parent = '']) => parent);
  return { sha, tree, parents, author, committer, message: end < 0 ? '' : text.slice(end + 2).trimEnd() };
}

function personIn(header: string, role: 'author' | 'committer'): CommitPerson | undefined {
  const [, name, email, at] = new RegExp(`^${role} ([^<>\\n]*) <([^<>\\n]*)> (\\d{1,11}) [+-]\\d{4}$`, 'm').exec(header) ?? [];
  return name === undefined || email === undefined || at === undefined ? undefined : { name, email, date: dateOf(at) };
}

/** The commits of a range, as git log takes it, in its order. @param paths if any: only commits that changed one of them */
export async function readCommits(git: GitRepository, range: readonly string[], paths: readonly string[] = []): Promise<Commit[]> {
  const environment = { GIT_LITERAL_PATHSPECS: '1' };
  return logRecords(await git.run(['log', '-z', logFormat(FIELDS), ...range, '--', ...paths], { environment }), FIELDS.length).map(parse);
}

function parse(fields: readonly string[]): Commit {
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
  ] = fields;
  return {
    sha: id,
    tree,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    author: { name, email, date: dateOf(at) },
    committer: { name: committer, email: committerEmail, date: dateOf(committedAt) },
    message: message.trimEnd(),
  };
}

/** The last second that ISO 8601 has in four digits of a year: git takes later ones, and those that are none. */
const LAST_SECOND = 253_402_300_799;

const dateOf = (seconds: string): string =>
  new Date(Math.min(Number(seconds) || 0, LAST_SECOND) * 1_000).toISOString().replace('.000Z', 'Z');
