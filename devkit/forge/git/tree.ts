// Trees: what is at a path, what is in a folder, and new trees made from old ones. No worktree is needed; paths are taken as they are.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { isLasting } from './object-reader.ts';
import { NO_SHA, type GitRepository } from './repository.ts';

export interface TreeEntry {
  /** 100644 a file, 100755 one that can be run, 120000 a symbolic link, 040000 a folder, 160000 a submodule. */
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  /** Of a file, in bytes. */
  readonly size: number | null;
  readonly path: string;
}

export const SYMLINK = '120000';
export const FOLDER = '040000';
export const SUBMODULE = '160000';

const LONGEST_PATH = 4_096;
const LITERAL = { environment: { GIT_LITERAL_PATHSPECS: '1' } };

/** Whether a path can name a file within a repository: no way out of it, none into git's own folder, nothing empty. */
export const isFilePath = (text: string): boolean =>
  Buffer.byteLength(text) <= LONGEST_PATH &&
  !text.includes('\0') &&
  text.split('/').every((part) => !['', '.', '..'].includes(part) && part.toLowerCase() !== '.git');

/** What is in a tree, sorted as git sorts; recursively with folders named before what is in them. */
export async function readTree(git: GitRepository, tree: string, options: { readonly recursive?: boolean } = {}): Promise<TreeEntry[]> {
  const flags = options.recursive === true ? ['-r', '-t'] : [];
  return parse(await git.run(['ls-tree', '-z', '-l', '--full-tree', ...flags, tree]));
}

/** What is at a path of a tree or a commit, or undefined. */
export async function entryAt(git: GitRepository, tree: string, file: string): Promise<TreeEntry | undefined> {
  if (!isFilePath(file)) return undefined;
  const folder = path.posix.dirname(file);
  const name = `${tree}:${folder === '.' ? '' : folder}`;
  if (!isLasting(name)) return parse(await git.run(['ls-tree', '-z', '-l', '--full-tree', tree, '--', file], LITERAL))[0];
  const inner = await git.contents(name);
  const entry =
    inner?.type === 'tree' ? entriesOf(inner.bytes).find((candidate) => candidate.path === path.posix.basename(file)) : undefined;
  if (entry === undefined) return undefined;
  return { ...entry, path: file, size: entry.type === 'blob' ? ((await git.info(entry.sha))?.size ?? null) : null };
}

/** A tree as git stores it: mode, name and id, one after the other. */
function entriesOf(bytes: Buffer): Omit<TreeEntry, 'size'>[] {
  const entries: Omit<TreeEntry, 'size'>[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, space);
    const mode = bytes.toString('latin1', at, space).padStart(6, '0');
    const type = mode === FOLDER ? 'tree' : mode === SUBMODULE ? 'commit' : 'blob';
    entries.push({ mode, type, path: bytes.toString('utf8', space + 1, end), sha: bytes.toString('hex', end + 1, end + 21) });
    at = end + 21;
  }
  return entries;
}

/** The files and folders at a path of a commit or a tree, without their sizes; undefined if there is no folder. */
export async function entriesAt(git: GitRepository, tree: string, folder: string): Promise<Omit<TreeEntry, 'size'>[] | undefined> {
  const object = await git.contents(`${tree}:${folder}`);
  return object?.type === 'tree' ? entriesOf(object.bytes) : undefined;
}

function parse(output: string): TreeEntry[] {
  return output
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const tab = line.indexOf('\t');
      const [mode = '', type = '', sha = '', size = ''] = line.slice(0, tab).split(/ +/);
      return { mode, type: type as TreeEntry['type'], sha, size: size === '-' ? null : Number(size), path: line.slice(tab + 1) };
    });
}

/** A change to a tree: puts an object at a path, or, with null, takes away what is there, a folder with all that is in it. */
export interface TreeChange {
  readonly path: string;
  readonly mode: string;
  readonly sha: string | null;
}

/**
 * The tree that the changes make of `base` (null: of nothing). What stands in the way of a path gives way to it.
 * @returns undefined if git refuses a path, as it does with names that stand for `.git` on some systems
 */
export async function changedTree(git: GitRepository, base: string | null, changes: readonly TreeChange[]): Promise<string | undefined> {
  const index = path.join(git.directory, `forge-index-${randomBytes(8).toString('hex')}`);
  const options = { environment: { GIT_INDEX_FILE: index, GIT_LITERAL_PATHSPECS: '1' } };
  try {
    await git.run(base === null ? ['read-tree', '--empty'] : ['read-tree', base], options);
    for (const change of changes) {
      const lines = await linesOf(git, options, change);
      const { exitCode, stderr } = await git.attempt(['update-index', '-z', '--replace', '--index-info'], {
        ...options,
        input: lines.map((line) => `${line}\0`).join(''),
      });
      if (exitCode !== 0 || stderr.includes('Ignoring path')) return undefined;
    }
    return (await git.run(['write-tree'], options)).trim();
  } finally {
    await rm(index, { force: true });
  }
}

/** A change as lines for the index: a folder goes and comes file by file. */
async function linesOf(git: GitRepository, options: object, { path: target, mode, sha }: TreeChange): Promise<string[]> {
  if (sha !== null && mode !== FOLDER) return [`${mode} ${sha}\t${target}`];
  const gone = (await git.run(['ls-files', '-z', '--', target], options)).split('\0').filter((file) => file !== '');
  const come = sha === null ? [] : (await readTree(git, sha, { recursive: true })).filter(({ type }) => type !== 'tree');
  return [...gone.map((file) => `0 ${NO_SHA}\t${file}`), ...come.map((entry) => `${entry.mode} ${entry.sha}\t${target}/${entry.path}`)];
}
