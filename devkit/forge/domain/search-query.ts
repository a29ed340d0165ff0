// A search query, taken apart: words and phrases, and qualifiers such as `label:"help wanted"`, each of which may be negated.
// Our own thirty lines: the parsers that are to be had split at commas or know no phrase after a colon.

export interface Qualifier {
  readonly name: string;
  readonly value: string;
  readonly negated: boolean;
}

export interface SearchQuery {
  readonly qualifiers: readonly Qualifier[];
  /** What a text has to contain (or, negated, not to): single words, or the words of a phrase in their order. */
  readonly texts: readonly { readonly text: string; readonly negated: boolean }[];
}

const TOKEN = /(?<not>-|NOT\s+)?(?:(?<name>[a-z][a-z-]*):(?!\/\/))?(?:"(?<quoted>[^"]*)"|(?<plain>\S+))/gi;

export function parseQuery(query: string): SearchQuery {
  const qualifiers: Qualifier[] = [];
  const texts: { text: string; negated: boolean }[] = [];
  for (const { groups = {} } of query.matchAll(TOKEN)) {
    const { not, name, quoted, plain = '' } = groups;
    const value = quoted ?? plain.replaceAll('"', '');
    if (name !== undefined) qualifiers.push({ name: name.toLowerCase(), value, negated: not !== undefined });
    else if (value.trim() !== '') texts.push({ text: value, negated: not !== undefined });
  }
  return { qualifiers, texts };
}

/** Words of a text as they are compared: without case and punctuation, and a space around each. */
export const wordsOf = (text: string): string => ` ${(text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []).join(' ')} `;

/** Whether a number or a moment lies in what the value of a qualifier says. */
export type InRange = (moment: number) => boolean;

/**
 * `2024-01-02`, `>=2024-01-02T03:04:05Z`, `2024-01-01..2024-02-01`, `*..2024-02-01`. A date without a time is its whole day.
 * @returns undefined if it is none of these
 */
export function dateRange(value: string): InRange | undefined {
  const [, comparison = '', single] = /^(>=|<=|>|<)?([^.]+(?:\.\d+Z?)?)$/.exec(value) ?? [];
  if (single !== undefined) {
    const span = spanOf(single);
    if (span === undefined) return undefined;
    const ranges: Record<string, InRange> = {
      '>': (moment) => moment >= span.end,
      '>=': (moment) => moment >= span.start,
      '<': (moment) => moment < span.start,
      '<=': (moment) => moment < span.end,
      '': (moment) => moment >= span.start && moment < span.end,
    };
    return ranges[comparison];
  }
  const [from = '', to = '', ...more] = value.split('..');
  const least = from === '*' ? { start: -Infinity } : spanOf(from);
  const most = to === '*' ? { end: Infinity } : spanOf(to);
  if (least === undefined || most === undefined || more.length > 0) return undefined;
  return (moment) => moment >= least.start && moment < most.end;
}

const DAY_MS = 86_400_000;

function spanOf(text: string): { start: number; end: number } | undefined {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  if (!isDay && !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text)) return undefined;
  const start = Date.parse(text);
  return Number.isNaN(start) ? undefined : { start, end: start + (isDay ? DAY_MS : 1_000) };
}

/** `3`, `>=3`, `1..5`, `*..5`; undefined if it is none of these. */
export function numberRange(value: string): InRange | undefined {
  const [, comparison = '', single] = /^(>=|<=|>|<)?(\d+)$/.exec(value) ?? [];
  if (single !== undefined) {
    const limit = Number(single);
    const ranges: Record<string, InRange> = {
      '>': (count) => count > limit,
      '>=': (count) => count >= limit,
      '<': (count) => count < limit,
      '<=': (count) => count <= limit,
      '': (count) => count === limit,
    };
    return ranges[comparison];
  }
  const [, from, to] = /^(\d+|\*)\.\.(\d+|\*)$/.exec(value) ?? [];
  if (from === undefined || to === undefined) return undefined;
  return (count) => count >= (from === '*' ? 0 : Number(from)) && count <= (to === '*' ? Infinity : Number(to));
}
