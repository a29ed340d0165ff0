// Patterns of names, matched at all their places at once: no pattern takes longer than its length times that of the name, whoever wrote it,
// which no regular expression that backtracks can promise. Also loaded by git's hook, so that it needs nothing.

/** A place in a pattern. */
export interface Unit {
  readonly fits: (character: string) => boolean;
  /** Fits any number of characters, or none. */
  readonly isRepeated: boolean;
  /** How many units further it also goes on without having fitted anything. */
  readonly skips: number;
}

export const one = (fits: Unit['fits']): Unit => ({ fits, isRepeated: false, skips: 0 });
const any = (fits: Unit['fits'], skips = 1): Unit => ({ fits, isRepeated: true, skips });
const everything = (): boolean => true;
const isNoSlash = (character: string): boolean => character !== '/';

export const WILD: Readonly<Record<string, readonly Unit[]>> = {
  '*': [any(isNoSlash)],
  '**': [any(everything)],
  // Folders, or none.
  '**/': [any(everything, 2), one((character) => character === '/')],
};

export function fitUnits(units: readonly Unit[], name: string): boolean {
  const reach = (places: Iterable<number>): Set<number> => {
    const reached = new Set(places);
    for (const place of reached) {
      const skips = units[place]?.skips ?? 0;
      if (skips > 0) reached.add(place + skips);
    }
    return reached;
  };
  let places = reach([0]);
  for (const character of name.split('')) {
    const next: number[] = [];
    for (const place of places) {
      const unit = units[place];
      if (unit?.fits(character) === true) next.push(unit.isRepeated ? place : place + 1);
    }
    places = reach(next);
  }
  return places.has(units.length);
}

/** fnmatch with path names, as GitHub's protection, rulesets and CODEOWNERS have it: `*`, `**`, `?`, `[a-z]`, `[!a-z]`, and `\` before what is meant literally. */
export function matcherOf(pattern: string): (name: string) => boolean {
  const units: Unit[] = [];
  for (const [token, quoted, negation, set] of pattern.matchAll(/\\([^])|\*\*\/|\*\*|\*|\[([!^]?)(\]?[^\]]{0,255})\]|[^]/g)) {
    if (set !== undefined && set !== '') units.push(one(isIn(set, negation !== '')));
    else if (token === '?') units.push(one(isNoSlash));
    else units.push(...(WILD[token] ?? [...(quoted ?? token)].map((literal) => one((character) => character === literal))));
  }
  return (name) => fitUnits(units, name);
}

function isIn(set: string, isNegated: boolean): Unit['fits'] {
  const ranges = [...set.matchAll(/([^])-([^])|([^])/g)].map(([, from, to, single]) => [from ?? single ?? '', to ?? single ?? ''] as const);
  return (character) => character !== '/' && ranges.some(([from, to]) => from <= character && character <= to) !== isNegated;
}

export const matches = (name: string, pattern: string): boolean => matcherOf(pattern)(name);
