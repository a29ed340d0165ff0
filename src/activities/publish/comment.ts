// A comment on the forge, of an issue, a request or a thread. The forge takes no keys: it is found by its mark and its author, and a double goes
// (docs/guarantees.md).
import type { Forge } from '../forge/provider.ts';
import type { Call, Identified, Marked, Part } from '../effects/effect.ts';
import { marker } from './ours.ts';

/** Lists of forges lag by a few seconds. */
export const VISIBLE_WITHIN_MS = 5_000;

/** Where something is said: in the conversation of an issue or a request, or in a thread of a request. */
export interface CommentTarget {
  readonly owner: string;
  readonly repo: string;
  /** Of the issue or the request. */
  readonly number: number;
  /** Comment that the thread began with; null in the conversation. */
  readonly thread: number | null;
  /** Identity as which it is said (contracts/identity.ts), for who looks at it again later. */
  readonly as?: string;
}

/**
 * A comment that is there once. Refused where its thread is gone.
 * @param words called with every try, since what it says carries the call's mark
 */
export function comment(
  { forge }: { readonly forge: Forge },
  place: CommentTarget,
  words: (call: Call) => Promise<string>,
): Part<Marked<Identified>> {
  const { thread } = place;
  return {
    class: 'marked',
    visibleWithinMs: VISIBLE_WITHIN_MS,
    find: (call) => forge(call).ownComments(place, thread, marker(call)),
    act: async (call) => forge(call).comment(place, thread, await words(call)),
    remove: (call, { id }) => forge(call).deleteComment(place, thread, Number(id)),
  };
}
