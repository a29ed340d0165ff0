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
  const hunks = patches.split(/^(?=diff --git )/m).filter((section) => section !== '');
  return entriesOf(raw)
    .map((entry, index) => ({
      ...entry,
      ...(counts[index] ?? { additions: 0, deletions: 0 }),
      patch: hunksOf(hunks[index] ?? ''),
    }))
    .slice(0, MOST_FILES);
}

/** `:100644 100644 <old> <new> R086`, then one path, or two of a rename. */
function entriesOf(raw: string): Pick<ChangedFile, 'path' | 'previousPath' | 'status' | 'blob'>[] {
  const tokens = raw.split('\0');
  const entries: Pick<ChangedFile, 'path' | 'previousPath' | 'status' | 'blob'>[] = [];
  for (let at = 0; tokens[at]?.startsWith(':') === true;) {
    const [, , before = '', after = '', letter = ''] = (tokens[at] ?? '').split(' ');
    const isRename = letter.startsWith('R');
    const [first = '', second = ''] = tokens.slice(at + 1, at + 3);
    entries.push({
      path: isRename ? second : first,
      previousPath: isRename ? first : null,
      status: STATUSES[letter.charAt(0)] ?? 'modified',
      blob: NOTHING.test(after) ? before : after,
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
  const start = section.search(/^@@ /m);
  if (start < 0 || section.length - start > LONGEST_PATCH) return null;
  return section.slice(start).replace(/\n$/, '');
}
