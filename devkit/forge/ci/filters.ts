// The patterns of `branches`, `tags` and `paths` in a workflow's `on`: GitHub's own dialect, in which + and ? repeat what stands before.

/** Whether a name passes a list of patterns: the last one that matches decides, `!` takes away. */
export function passes(patterns: readonly string[], name: string): boolean {
  return patterns.reduce(
    (passed, pattern) =>
      pattern.startsWith('!') ? passed && !matcherOf(pattern.slice(1)).test(name) : passed || matcherOf(pattern).test(name),
    false,
  );
}

/** Why a pattern can match nothing, or undefined. */
export function problemOfPattern(pattern: string): string | undefined {
  try {
    matcherOf(pattern.replace(/^!/, ''));
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return `"${pattern}" is no pattern`;
    throw error;
  }
}

function matcherOf(pattern: string): RegExp {
  const source = pattern.replace(/\\(.)|\*\*\/|\*\*|\*|\[([^\]]+)\]|[?+]|[^\w/]/g, (token, quoted?: string, set?: string) => {
    if (quoted !== undefined) return escaped(quoted);
    if (set !== undefined) return `[${set.replace(/[\\^]/g, '\\$&')}]`;
    if (token === '**/') return '(?:.*/)?';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    return token === '?' || token === '+' ? token : escaped(token);
  });
  return new RegExp(`^${source}$`, 's');
}

const escaped = (character: string): string => character.replace(/[^\w]/, '\\$&');
