// What changed in one file between two commits, line by line, and where a line of one commit is in another.
import { GitFailure, type GitRepository } from './repository.ts';

export type Side = 'LEFT' | 'RIGHT';

export interface DiffLine {
  /** On the left: of the file before; null for an added line. */
  readonly left: number | null;
  /** On the right: of the file after; null for a removed line. */
  readonly right: number | null;
  /** Lines down from the first hunk header of the file; later headers count. */
  readonly position: number;
  readonly hunk: number;
  readonly text: string;
}

export interface FileDiff {
  readonly headers: readonly string[];
  readonly lines: readonly DiffLine[];
}

/** The diff of one file of the head; undefined if it is not among the changed ones. A binary file has no lines. */
export async function fileDiff(git: GitRepository, base: string, head: string, path: string): Promise<FileDiff | undefined> {
  const names = await git.run(['diff', '--name-status', '--find-renames', '-z', base, head, '--']);
  const paths = pathsOf(names.split('\0'), path);
  if (paths === undefined) return undefined;
  const options = ['--no-color', '--no-ext-diff', '--no-textconv', '--find-renames', '--unified=3'];
  return parse(await git.run(['--literal-pathspecs', 'diff', ...options, base, head, '--', ...paths]));
}

/** The names that the file has before and after, from `--name-status -z`: status, path, and for renames and copies the new path. */
function pathsOf(fields: readonly string[], path: string): string[] | undefined {
  for (let at = 0; at < fields.length - 1;) {
    const isPair = /^[RC]/.test(fields[at] ?? '');
    const names = fields.slice(at + 1, at + (isPair ? 3 : 2));
    if (names.at(-1) === path) return names;
    at += isPair ? 3 : 2;
  }
  return undefined;
}

function parse(diff: string): FileDiff {
  const headers: string[] = [];
  const lines: DiffLine[] = [];
  let left = 0;
  let right = 0;
  let position = -1;
  for (const text of diff.split('\n')) {
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(text);
    if (header !== null) {
      headers.push(text);
      [left, right] = [Number(header[1]), Number(header[2])];
      position++;
    } else if (headers.length > 0 && /^[ +\\-]/.test(text)) {
      position++;
      const kind = text[0];
      if (kind === '\\') continue; // "No newline at end of file" takes a position and is no line
      lines.push({
        left: kind === '+' ? null : left++,
        right: kind === '-' ? null : right++,
        position,
        hunk: headers.length - 1,
        text,
      });
    }
  }
  return { headers, lines };
}

export const lineAt = (diff: FileDiff, side: Side, line: number): DiffLine | undefined =>
  diff.lines.find((candidate) => (side === 'LEFT' ? candidate.left : candidate.right) === line);

/** The hunk from its header down to a line, as comments on that line quote it. */
export function hunkUpTo(diff: FileDiff, last: DiffLine): string {
  const lines = diff.lines.filter(({ hunk, position }) => hunk === last.hunk && position <= last.position);
  return [diff.headers[last.hunk] ?? '', ...lines.map(({ text }) => text)].join('\n');
}

/** Where lines of a file at one commit are at another: a function that gives undefined for a line that was changed or removed. */
export async function lineMover(git: GitRepository, from: string, to: string, path: string): Promise<(line: number) => number | undefined> {
  if (from === to) return (line) => line;
  const args = [
    '--literal-pathspecs',
    'diff',
    '--no-color',
    '--no-ext-diff',
    '--no-textconv',
    '--no-renames',
    '--unified=0',
    from,
    to,
    '--',
    path,
  ];
  const { exitCode, stdout, stderr } = await git.attempt(args);
  if (exitCode !== 0) {
    if (/bad object|bad revision/.test(stderr)) return () => undefined; // the commit is gone
    throw new GitFailure(args, exitCode, stderr);
  }
  const changes = [...stdout.matchAll(/^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/gm)].map(([, start, removed = '1', added = '1']) => ({
    first: Number(start),
    removed: Number(removed),
    added: Number(added),
  }));
  return (line) => {
    let shift = 0;
    for (const { first, removed, added } of changes) {
      // A hunk that removes nothing names the line that it comes after.
      if (removed === 0 ? line <= first : line < first) break;
      if (removed > 0 && line < first + removed) return undefined;
      shift += added - removed;
    }
    return line + shift;
  };
}
