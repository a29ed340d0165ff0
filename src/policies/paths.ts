// Patterns of paths in rules: `*` is anything within a folder's name, `**` is any number of folders; case does not matter. Pure, so no library
// of Node's.

// Whether a path is one of those that a pattern names, such as `src/**` or `Dockerfile`.
export const matches = (path: string, pattern: string): boolean => asExpression(pattern).test(path);

function asExpression(pattern: string): RegExp {
  const source = pattern
    .split(/(\*\*\/|\*\*|\*)/)
    .map((part) => (part === '**/' ? '(?:.*/)?' : part === '**' ? '.*' : part === '*' ? '[^/]*' : escaped(part)))
    .join('');
  return new RegExp(`^${source}$`, 'is');
}

/** The first path that any of the patterns names. */
export function firstMatch(paths: readonly string[], patterns: readonly string[]): string | undefined {
  const expressions = patterns.map(asExpression);
  return paths.find((path) => expressions.some((one) => one.test(path)));
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
