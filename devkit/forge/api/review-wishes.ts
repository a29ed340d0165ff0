// What callers of REST ask of places in a diff, in the forge's words.
import type { Side } from '../git/file-diff.ts';
import { unprocessable } from '../http/reply.ts';

/** GitHub's description leaves the sides of a review's comments open; GitHub takes these two. */
export function sideOf(side: string | undefined, field: string): Side | undefined {
  if (side === undefined || side === 'LEFT' || side === 'RIGHT') return side;
  throw unprocessable(`Invalid request.\n\nFor 'properties/${field}', ${side} is not a member of LEFT, RIGHT.`);
}
