// The patterns of `branches`, `tags` and `paths` in a workflow's `on`: GitHub's own dialect, in which + and ? repeat what stands before.

/** Whether a name passes a list of patterns: the last one that matches decides, `!` takes away. */
export function passes(patterns: readonly string[], name: string): boolean {
  return patterns.reduce(
    (passed, pattern) => (pattern.startsWith('!') ? passed && !matches(pattern.slice(1), name) : passed || matches(pattern, name)),
    false,
  );
}

/** Why a pattern can match nothing, or undefined. */
export function problemOfPattern(pattern: string): string | undefined {
  try {
    unitsOf(pattern.replace(/^!/, ''));
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return `"${pattern}" is no pattern`;
    throw error;
  }
}

interface Unit {
  readonly fits: (character: string) => boolean;
  /** Fits any number of characters, or none. */
  readonly isRepeated: boolean;
  /** How many units further it also goes on without having fitted anything. */
  readonly skips: number;
}

/** All places in the pattern at once, so that no pattern takes longer than its length times that of the name: a regular expression may. */
function matches(pattern: string, name: string): boolean {
  const units = unitsOf(pattern);
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

const anything = (): boolean => true;
const WILD: Readonly<Record<string, readonly Unit[]>> = {
  '*': [{ fits: (character) => character !== '/', isRepeated: true, skips: 1 }],
  '**': [{ fits: anything, isRepeated: true, skips: 1 }],
  // Folders, or none.
  '**/': [
    { fits: anything, isRepeated: true, skips: 2 },
    { fits: (character) => character === '/', isRepeated: false, skips: 0 },
  ],
};

/** @throws SyntaxError for what is no pattern */
function unitsOf(pattern: string): Unit[] {
  const units: Unit[] = [];
  let last: Unit | undefined;
  for (const [token, quoted, set] of pattern.matchAll(/\\(.)|\*\*\/|\*\*|\*|\[([^\]]+)\]|[^]/g)) {
    const wild = quoted === undefined ? WILD[token] : undefined;
    if (wild !== undefined) units.push(...wild);
    else if (quoted === undefined && (token === '+' || token === '?')) {
      if (last === undefined && (token === '+' || units.length === 0)) throw new SyntaxError(`nothing to repeat in ${pattern}`);
      if (last !== undefined && token === '+') units.push({ ...last, isRepeated: true, skips: 1 });
      else if (last !== undefined) units.splice(-1, 1, { ...last, skips: 1 });
    } else {
      const fits = set === undefined ? is(quoted ?? token) : isIn(set);
      units.push((last = { fits, isRepeated: false, skips: 0 }));
      continue;
    }
    last = undefined;
  }
  return units;
}

const is =
  (one: string) =>
  (character: string): boolean =>
    character === one;

function isIn(set: string): (character: string) => boolean {
  const expression = new RegExp(`^[${set.replace(/[\\^]/g, '\\$&')}]$`, 's');
  return (character) => expression.test(character);
}
