// The patterns of `branches`, `tags` and `paths` in a workflow's `on`: GitHub's own dialect, in which + and ? repeat what stands before.
import { fitUnits, one, WILD, type Unit } from '../git/glob.ts';

/** Whether a name passes a list of patterns: the last one that matches decides, `!` takes away. */
export function passes(patterns: readonly string[], name: string): boolean {
  return patterns.reduce(
    (passed, pattern) => (pattern.startsWith('!') ? passed && !fits(pattern.slice(1), name) : passed || fits(pattern, name)),
    false,
  );
}

const fits = (pattern: string, name: string): boolean => fitUnits(unitsOf(pattern), name);

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

/** @throws SyntaxError for what is no pattern */
function unitsOf(pattern: string): Unit[] {
  const units: Unit[] = [];
  let last: Unit | undefined;
  for (const [token, quoted, set] of pattern.matchAll(/\\(.)|\*\*\/|\*\*|\*|\[([^\]]{1,255})\]|[^]/g)) {
    const wild = quoted === undefined ? WILD[token] : undefined;
    if (wild !== undefined) units.push(...wild);
    else if (quoted === undefined && (token === '+' || token === '?')) {
      if (last === undefined && (token === '+' || units.length === 0)) throw new SyntaxError(`nothing to repeat in ${pattern}`);
      if (last !== undefined && token === '+') units.push({ ...last, isRepeated: true, skips: 1 });
      else if (last !== undefined) units.splice(-1, 1, { ...last, skips: 1 });
    } else {
      units.push((last = one(set === undefined ? is(quoted ?? token) : isIn(set))));
      continue;
    }
    last = undefined;
  }
  return units;
}

const is =
  (literal: string) =>
  (character: string): boolean =>
    character === literal;

function isIn(set: string): (character: string) => boolean {
  const expression = new RegExp(`^[${set.replace(/[\\^]/g, '\\$&')}]$`, 's');
  return (character) => expression.test(character);
}
