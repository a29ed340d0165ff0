// Requests whose base has moved: no listing of changes shows that. Asked conditionally, so that it costs no quota while nothing moves.
import type { ForgeProvider, Place } from '../forge/provider.ts';

export interface Moved {
  /** Where each base of an open request is now. */
  readonly bases: Readonly<Record<string, string>>;
  /** Numbers of the open requests whose base was elsewhere before. */
  readonly numbers: readonly number[];
}

/** @param before what was found the last time; a base that was not in it has not moved: whoever begins looks by itself */
export async function movedBases(forge: ForgeProvider, place: Place, before: Readonly<Record<string, string>>): Promise<Moved> {
  const open = await forge.openRequests(place);
  const bases: Record<string, string> = {};
  for (const branch of new Set(open.map(({ base }) => base))) {
    const tip = await forge.branchAt(place, branch);
    if (tip !== null) bases[branch] = tip;
  }
  const moved = (branch: string): boolean => before[branch] !== undefined && before[branch] !== bases[branch];
  return { bases, numbers: open.filter(({ base }) => moved(base)).map(({ number }) => number) };
}
