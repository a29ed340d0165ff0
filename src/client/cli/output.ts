// What people and scripts read. People get aligned columns, coloured only on a terminal; scripts get JSON with --json.
import { stripVTControlCharacters, styleText } from 'node:util';
import Table from 'cli-table3';

/** `validateStream` leaves the colours out where standard output is no terminal or NO_COLOR is set. */
export const dim = (text: string): string => styleText('dim', text, { stream: process.stdout });
export const bold = (text: string): string => styleText('bold', text, { stream: process.stdout });
export const red = (text: string): string => styleText('red', text, { stream: process.stdout });
export const green = (text: string): string => styleText('green', text, { stream: process.stdout });
export const yellow = (text: string): string => styleText('yellow', text, { stream: process.stdout });

export const print = (text: string): void => void process.stdout.write(`${text}\n`);
export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

/** Progress and hints: on standard error, so that they never mix with what a script reads. */
export const note = (text: string): void => void process.stderr.write(`${text}\n`);

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

const GAP = 2;
/** A column that is made narrower keeps at least this. */
const NARROWEST = 16;

/**
 * Rows under a head, aligned. On a terminal that is too narrow for them the widest columns are wrapped.
 * @param columns characters that a line has room for; undefined where that is no question, as in a file
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[], columns = process.stdout.columns): string {
  const widths = fitted(
    head.map((_, at) => Math.max(...[head, ...rows].map((row) => stripVTControlCharacters(row[at] ?? '').length))),
    columns,
  );
  const drawn = new Table({
    head: head.map(dim),
    ...(widths === null ? {} : { colWidths: widths, wordWrap: true, wrapOnWordBoundary: true }),
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  drawn.push(...rows.map((row) => row.map((cell, at) => (widths === null ? cell : broken(cell, widths[at] ?? 0)))));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Widths with which the columns fit, by taking from the widest; null where they fit as they are, or can't. */
function fitted(natural: readonly number[], columns: number | undefined): number[] | null {
  if (columns === undefined) return null;
  const room = columns - GAP * (natural.length - 1);
  const widths = [...natural];
  const sum = (): number => widths.reduce((all, one) => all + one, 0);
  if (sum() <= room) return null;
  while (sum() > room) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) return null;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

/** Words that are wider than their column go on in the next line, ids after a slash: cut short, nobody could type them. */
function broken(cell: string, width: number): string {
  if (stripVTControlCharacters(cell) !== cell) return cell;
  return cell.replaceAll(/\S+/g, (word) => {
    const lines: string[] = [];
    let rest = word;
    while (rest.length > width) {
      const slash = rest.lastIndexOf('/', width - 1);
      const at = slash > 0 ? slash + 1 : width;
      lines.push(rest.slice(0, at));
      rest = rest.slice(at);
    }
    return [...lines, rest].join('\n');
  });
}

/** `3 min ago`, `in 2 h`; for people. */
export function age(from: Date, now: Date = new Date()): string {
  const seconds = Math.max(0, Math.round((now.getTime() - from.getTime()) / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d`;
}
