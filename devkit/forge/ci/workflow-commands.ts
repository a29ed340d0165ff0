// What a command says to the runner: lines such as `::error file=a.ts,line=3::Wrong`, and the files GITHUB_OUTPUT, GITHUB_ENV, GITHUB_PATH.

export interface WorkflowCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

/** The command that a line of output is, or undefined: most lines are just output. */
export function commandIn(line: string): WorkflowCommand | undefined {
  const [, name, properties = '', message = ''] = /^\s*::([a-zA-Z-]+)(?: ([^:]*(?::(?!:)[^:]*)*))?::(.*)$/s.exec(line) ?? [];
  if (name === undefined) return undefined;
  const pairs = properties
    .split(',')
    .map((pair) => /^\s*([^=]+)=(.*)$/s.exec(pair))
    .filter((pair) => pair !== null)
    .map(([, key = '', value = '']) => [key, unescaped(value).replaceAll('%3A', ':').replaceAll('%2C', ',')] as const);
  return { name: name.toLowerCase(), properties: Object.fromEntries(pairs), message: unescaped(message) };
}

const unescaped = (text: string): string => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');

/** What is wrong with a text that no environment can have. */
export const NUL = 'Invalid value. It has a NUL character';

/**
 * Reads `name=value` lines and `name<<delimiter` blocks.
 * @returns the pairs, or a sentence about what is neither
 */
export function pairsIn(text: string): Record<string, string> | string {
  if (text.includes('\0')) return NUL;
  const pairs: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const block = line.indexOf('<<');
    if (equals >= 0 && (block < 0 || equals < block)) {
      pairs[line.slice(0, equals)] = line.slice(equals + 1);
    } else if (block > 0) {
      const delimiter = line.slice(block + 2);
      const end = lines.indexOf(delimiter, index + 1);
      if (delimiter === '' || end < 0) return `Invalid value. Matching delimiter not found '${delimiter}'`;
      pairs[line.slice(0, block)] = lines.slice(index + 1, end).join('\n');
      index = end;
    } else return `Invalid format '${line}'`;
  }
  return pairs;
}
