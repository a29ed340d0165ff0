// CODEOWNERS: who must review which paths. The last line that matches a path decides; owners are users, the forge has no teams.
import { matcherOf } from '../git/glob.ts';
import type { GitRepository } from '../git/repository.ts';
import type { Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { includes, roleOf } from './permissions.ts';

const PLACES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'] as const;

export interface OwnerLine {
  /** Of the file, from 1. */
  readonly line: number;
  readonly source: string;
  readonly pattern: string;
  /** As written: `@login`. */
  readonly owners: readonly string[];
  readonly matches: (path: string) => boolean;
}

export interface OwnerFile {
  readonly path: string;
  readonly lines: readonly OwnerLine[];
}

/** The file of a commit, or undefined if it has none. The first of GitHub's three places counts. */
export async function ownerFileOf(git: GitRepository, commit: string): Promise<OwnerFile | undefined> {
  const files = await Promise.all(PLACES.map((place) => git.contents(`${commit}:${place}`)));
  const first = files.findIndex((file) => file?.type === 'blob');
  const [path, file] = [PLACES[first], files[first]];
  return path === undefined || file === undefined ? undefined : { path, lines: parseOwners(file.bytes.toString('utf8')) };
}

export const parseOwners = (text: string): OwnerLine[] =>
  text.split('\n').flatMap((source, index) => {
    const [pattern, ...owners] = source
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/\s+/);
    return pattern === undefined || pattern === '' ? [] : [{ line: index + 1, source, pattern, owners, matches: ownedBy(pattern) }];
  });

/** As in gitignore: a slash before the end anchors a pattern, and what names a folder holds all that is in it (`docs/*`: its files only). */
function ownedBy(pattern: string): (path: string) => boolean {
  const isAnchored = pattern.replace(/\/$/, '').includes('/');
  const inner = pattern.replace(/^\//, '').replace(/\/$/, '');
  const anywhere = isAnchored ? inner : `**/${inner}`;
  const patterns = pattern.endsWith('/') ? [`${anywhere}/**`] : inner.endsWith('/*') ? [anywhere] : [anywhere, `${anywhere}/**`];
  const matchers = patterns.map(matcherOf);
  return (path) => matchers.some((isMeant) => isMeant(path));
}

/** Who may approve what a head changes, by the CODEOWNERS of its base: of each path that has owners, these; the same owners are one group. */
export async function ownersOfChange(
  state: Reader,
  repository: Repository,
  git: GitRepository,
  base: string,
  head: string,
): Promise<number[][]> {
  const file = await ownerFileOf(git, base);
  if (file === undefined) return [];
  const { exitCode, stdout } = await git.attempt(['diff', '--name-only', '--no-renames', '-z', `${base}...${head}`]);
  if (exitCode !== 0) return []; // they have nothing in common, and conflict anyway
  return ownersOf(
    state,
    repository,
    file,
    stdout.split('\0').filter((path) => path !== ''),
  );
}

function ownersOf(state: Reader, repository: Repository, file: OwnerFile, paths: readonly string[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const path of paths) {
    const owners = file.lines.findLast(({ matches }) => matches(path))?.owners ?? [];
    const ids = owners.flatMap((owner) => ownerId(state, repository, owner) ?? []);
    if (ids.length > 0) groups.set(ids.join(), ids);
  }
  return [...groups.values()];
}

/** An owner counts only with write access. */
export function ownerId(state: Reader, repository: Repository, owner: string): number | undefined {
  const user = owner.startsWith('@') ? state.first('user', 'login', owner.slice(1).toLowerCase()) : undefined;
  return user !== undefined && includes(roleOf(state, repository, user), 'write') ? user.id : undefined;
}
