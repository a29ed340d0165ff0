// What a change is, by git: as text for reviewers, and as lines for the rules.
import { git, nulSeparated, type GitHost, type Worktree } from '../../git/command.ts';
import type { ChangedLines } from '../../policies/findings.ts';

/** Most characters of a diff that a reviewer is given; the rest is named, and can be read in the worktree. */
const MOST_CHARACTERS = 120_000;

const PLAIN = ['--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--ignore-submodules=all'];

/**
 * The change between two commits as a patch, cut with a note where it is too long.
 * @param files only in these
 */
export async function patch(host: GitHost, worktree: Worktree, from: string, to: string, files?: readonly string[]): Promise<string> {
  const only = files === undefined ? [] : ['--', ...files];
  const options = { access: 'read' as const, env: { GIT_LITERAL_PATHSPECS: '1' } };
  const text = await git(host, worktree, ['diff', ...PLAIN, from, to, ...only], options);
  return text.length <= MOST_CHARACTERS
    ? text
    : `${text.slice(0, MOST_CHARACTERS)}\n[cut: the diff has ${text.length} characters; read the files]\n`;
}

/** Paths that differ between two commits, sorted. */
export async function changedFiles(host: GitHost, worktree: Worktree, from: string, to: string): Promise<string[]> {
  return nulSeparated(await git(host, worktree, ['diff', '--name-only', '-z', ...PLAIN, from, to], { access: 'read' })).sort();
}

/** Lines of `to` that differ from `from`. Where lines were only removed, the two around the gap count. */
export async function changedLines(host: GitHost, worktree: Worktree, from: string, to: string): Promise<ChangedLines> {
  const text = await git(host, worktree, ['-c', 'core.quotePath=false', 'diff', '--unified=0', ...PLAIN, from, to], { access: 'read' });
  const lines: Record<string, (readonly [number, number])[]> = {};
  let file = '';
  /** Lines of the hunk that are still to come: what looks like a header among them is content. */
  let content = 0;
  for (const line of text.split('\n')) {
    if (content > 0) {
      if (!line.startsWith('\\')) content--;
      continue;
    }
    if (line.startsWith('+++ ')) file = line.replace(/^\+\+\+ (b\/)?/, '').replace(/\t$/, '');
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk === null) continue;
    const [removed, start, added] = [Number(hunk[1] ?? 1), Number(hunk[2]), Number(hunk[3] ?? 1)];
    content = removed + added;
    (lines[file] ??= []).push(added === 0 ? [start, start + 1] : [start, start + added - 1]);
  }
  return lines;
}
