// A page of a list, with GitHub's Link header.
import type { Reply } from './reply.ts';

export interface PagedCall {
  readonly query: { page?: number | undefined; per_page?: number | undefined };
  readonly url: URL;
}

export interface Page {
  readonly page: number;
  readonly perPage: number;
}

export function pageOf({ query }: PagedCall): Page {
  const clamp = (value: number | undefined, least: number, most: number, usual: number): number =>
    value === undefined || value < least ? usual : Math.min(value, most);
  return { page: clamp(query.page, 1, 1_000_000, 1), perPage: clamp(query.per_page, 1, 100, 30) };
}

/** The page that was asked for, each item presented. */
export const listOf = <Item>(call: PagedCall, items: readonly Item[], present: (item: Item) => unknown): Reply =>
  page(call, items, (shown) => shown.map(present));

/** The same for lists that come in an object with their total. */
export function page<Item>(call: PagedCall, items: readonly Item[], compose: (shown: readonly Item[]) => unknown): Reply {
  const { page: number, perPage } = pageOf(call);
  const shown = items.slice((number - 1) * perPage, number * perPage);
  return { status: 200, body: compose(shown), headers: linkHeader(call.url, number, Math.ceil(items.length / perPage)) };
}

export function linkHeader(url: URL, current: number, last: number): Record<string, string> {
  const link = (target: number, relation: string): string => {
    const to = new URL(url);
    to.searchParams.set('page', String(target));
    return `<${to.href}>; rel="${relation}"`;
  };
  const links: string[] = [];
  if (current > 1) links.push(link(Math.min(current - 1, Math.max(last, 1)), 'prev'));
  if (current < last) links.push(link(current + 1, 'next'), link(last, 'last'));
  if (current > 1) links.push(link(1, 'first'));
  return links.length === 0 ? {} : { link: links.join(', ') };
}
