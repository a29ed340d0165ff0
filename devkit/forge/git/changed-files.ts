// The files that differ between two commits, with their patches, as GitHub counts and cuts them.
import type { GitRepository } from './repository.ts';

export interface ChangedFile {
  readonly path: string;
  /** Of a renamed file. */
  readonly previousPath: string | null;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed';
  /** Object id of the file as it is now; of a removed one, as it was. */
  readonly blob: string;
  readonly additions: number;
  readonly deletions: number;
  /** Hunks alone; null for a binary file, and for one that is too large to show. */
  readonly patch: string | null;
}

/** GitHub shows no more of a list of files. */
const MOST_FILES = 3_000;
const LONGEST_PATCH = 200_000;
const NOTHING = /^0+$/;
const STATUSES: Readonly<Record<string, ChangedFile['status']>> = { A: 'added', D: 'removed', R: 'renamed' };

/** @param range as git diff takes it: `base...head` for what a head changed since it left its base */
export async function changedFiles(git: GitRepository, range: readonly string[]): Promise<ChangedFile[]> {
  const options = ['--no-color', '--no-ext-diff', '--no-textconv', '--find-renames', '--full-index'];
  const [raw, numbers, patches] = await Promise.all([
    git.run(['diff', ...options, '--raw', '-z', ...range, '--']),
    git.run(['diff', ...options, '--numstat', '-z', ...range, '--']),
    git.run(['diff', ...options, '--patch', ...range, '--']),
  ]);
  const counts = countsOf(numbers);
  const entries = entriesOf(raw);
  const hunks = patchesOf(patches, entries);
  return entries
    .map(({ isOtherKind: _, ...entry }, index) => ({
      ...entry,
      ...(counts[index] ?? { additions: 0, deletions: 0 }),
      patch: hunks[index] ?? null,
    }))
    .slice(0, MOST_FILES);
}

interface Entry extends Pick<ChangedFile, 'path' | 'previousPath' | 'status' | 'blob'> {
  /** A file has become a link, or the like: its patch is in two sections, one that removes it and one that adds it. */
  readonly isOtherKind: boolean;
}

/** Sections come in the order of the entries. Only a line feed begins a line for git: a file may have every other line end in its lines. */
function patchesOf(patches: string, entries: readonly Entry[]): (string | null)[] {
  const sections = patches.split(/(?<=\n|^)(?=diff --git )/).filter((section) => section !== '');
  let at = 0;
  return entries.map(({ isOtherKind }) => {
    const mine = sections.slice(at, (at += isOtherKind ? 2 : 1)).map(hunksOf);
    return mine.length === 0 || mine.includes(null) ? null : mine.join('\n');
  });
}

/** `:100644 100644 <old> <new> R086`, then one path, or two of a rename. */
function entriesOf(raw: string): Entry[] {
  const tokens = raw.split('\0');
  const entries: Entry[] = [];
  for (let at = 0; tokens[at]?.startsWith(':') === true;) {
    const [, , before = '', after = '', letter = ''] = (tokens[at] ?? '').split(' ');
    const isRename = letter.startsWith('R');
    const [first = '', second = ''] = tokens.slice(at + 1, at + 3);
    entries.push({
      path: isRename ? second : first,
      previousPath: isRename ? first : null,
      status: STATUSES[letter.charAt(0)] ?? 'modified',
      blob: NOTHING.test(after) ? before : after,
      isOtherKind: letter === 'T',
    });
    at += isRename ? 3 : 2;
  }
  return entries;
}

/** `added TAB deleted TAB path`, or an empty path and then two of a rename; dashes for what is binary. */
function countsOf(numbers: string): { additions: number; deletions: number }[] {
  return numbers.split('\0').flatMap((token) => {
    const [, additions, deletions] = /^(\d+|-)\t(\d+|-)\t/.exec(token) ?? [];
    return additions === undefined || deletions === undefined
      ? []
      : [{ additions: Number(additions) || 0, deletions: Number(deletions) || 0 }];
  });
}

function hunksOf(section: string): string | null {
  const start = section.search(/(?<=\n)@@ /);
  if (start < 0 || section.length - start > LONGEST_PATCH) return null;
  return section.slice(start).replace(/\n$/, '');
}
