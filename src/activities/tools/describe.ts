// A call in a few words, for lists and for Temporal's UI: "bash npm test", "read src/a.ts".
import type { ToolCall } from '../../contracts/said.ts';

const MOST_CHARACTERS = 60;
/** What says most about a call. */
const TELLING = ['command', 'path', 'pattern'];

export function describe({ tool, input }: Pick<ToolCall, 'tool' | 'input'>): string {
  const given = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
  const telling = TELLING.map((name) => given[name]).find((value) => typeof value === 'string') ?? '';
  return shorten(`${tool} ${telling}`);
}

export const describeAll = (calls: readonly Pick<ToolCall, 'tool' | 'input'>[]): string => shorten(calls.map(describe).join(', '));

/** One line without control characters. */
function shorten(text: string): string {
  const line = text.replaceAll(/[\s\p{C}]+/gu, ' ').trim();
  return line.length <= MOST_CHARACTERS ? line : `${line.slice(0, MOST_CHARACTERS - 1)}…`;
}
