// Lists as GraphQL pages them: by cursors, which stay valid while the list grows and shrinks around them.
import type { View } from './context.ts';
import { problem } from './problems.ts';

export interface PageArguments {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

export interface Identified {
  readonly id: number | string;
}

/** @param more what the connection has beside its page, for example counts */
export function connection<Item extends Identified>(
  items: readonly Item[],
  { first, last, after, before }: PageArguments,
  view: (item: Item) => View | null | Promise<View | null>,
  more: View = {},
): View {
  const from = after === null || after === undefined ? 0 : placeOf(items, after) + 1;
  const to = before === null || before === undefined ? items.length : placeOf(items, before);
  const between = items.slice(from, Math.max(from, to));
  const start = last === null || last === undefined ? 0 : Math.max(0, between.length - last);
  const page = first === null || first === undefined ? between.slice(start) : between.slice(0, first);
  const firstAt = first === null || first === undefined ? from + start : from;
  const cursors = page.map(cursorOf);
  return {
    totalCount: items.length,
    nodes: () => page.map(view),
    edges: () => page.map((item, index) => ({ cursor: cursors[index], node: () => view(item) })),
    pageInfo: {
      startCursor: cursors[0] ?? null,
      endCursor: cursors.at(-1) ?? null,
      hasPreviousPage: firstAt > 0,
      hasNextPage: firstAt + page.length < items.length,
    },
    ...more,
  };
}

export const cursorOf = ({ id }: Identified): string => Buffer.from(`cursor:${id}`).toString('base64');

/** Where the item of a cursor is, or was: the cursor of one that has gone stands before the next newer one. */
function placeOf(items: readonly Identified[], cursor: string): number {
  const [kind, id] = Buffer.from(cursor, 'base64').toString('utf8').split(':');
  if (kind !== 'cursor' || id === undefined)
    throw problem('INVALID_CURSOR_ARGUMENTS', `\`${cursor}\` does not appear to be a valid cursor.`);
  const place = items.findIndex((item) => String(item.id) === id);
  if (place >= 0) return place;
  const next = items.findIndex((item) => Number(item.id) > Number(id));
  return (next < 0 ? items.length : next) - 1;
}
