// glob and grep. git does the looking, in the sandbox: it knows what the repository ignores, follows no links, and a pattern that never
// ends costs the sandbox its time limit and not this process its event loop.
import { expand } from 'brace-expansion';
import { nulSeparated, tryGit, type GitHost, type Worktree } from '../../../git/command.ts';
import { components } from './beneath.ts';
import type { ToolOutput } from '../tool.ts';
import { answering, Refusal } from './result.ts';

export interface GlobInput {
  /** `**`, `*`, `?`, `[…]` and `{a,b}`; without a slash it matches in every directory. */
  readonly pattern: string;
  /** The directory to look in. */
  readonly path?: string;
}

export interface GrepInput {
  /** Perl-compatible. */
  readonly pattern: string;
  /** The directory or file to look in. */
  readonly path?: string;
  readonly glob?: string | undefined;
  readonly ignoreCase?: boolean;
}

const MAX_RESULTS = 500;
const MAX_LINE_LENGTH = 300;
const TIMEOUT_MS = 30_000;
const OUTPUT_BYTES = 4 * 1024 ** 2;

/** Files of the worktree by name, tracked or new, without what the repository ignores. */
export const glob = (host: GitHost, worktree: Worktree, { pattern, path = '.' }: GlobInput): Promise<ToolOutput> =>
  answering(async () => {
    const specs = pathspecs(worktree, path, pattern);
    const list = async (...which: string[]): Promise<string[]> =>
      nulSeparated(await search(host, worktree, ['ls-files', '-z', '--exclude-standard', '--deduplicate', ...which, '--', ...specs]));
    const gone = new Set(await list('--deleted'));
    const found = (await list('--cached', '--others')).filter((file) => !gone.has(file) && !file.endsWith('/')).sort();
    return found.length === 0 ? 'No files found.' : bounded(found);
  });

/** Lines that match, as `path:line:text`. */
export const grep = (host: GitHost, worktree: Worktree, { pattern, path = '.', glob: names, ignoreCase }: GrepInput): Promise<ToolOutput> =>
  answering(async () => {
    const options = ['-z', '-n', '-I', '--no-color', '--untracked', '--full-name', ...(ignoreCase === true ? ['-i'] : [])];
    const output = await search(host, worktree, ['grep', ...options, '-P', '-e', pattern, '--', ...pathspecs(worktree, path, names)]);
    // A name may hold a newline, the text may not: name NUL line NUL text newline.
    const found = [...output.matchAll(/([^\0]+)\0(\d+)\0([^\n]*)\n/g)].map(
      ([, file, line, text]) => `${file}:${line}:${shorten(text ?? '')}`,
    );
    return found.length === 0 ? 'No matches.' : bounded(found);
  });

async function search(host: GitHost, worktree: Worktree, args: string[]): Promise<string> {
  const result = await tryGit(host, worktree, args, { access: 'read', timeoutMs: TIMEOUT_MS, outputBytes: OUTPUT_BYTES });
  if (result.timedOut) throw new Refusal(`the search took more than ${TIMEOUT_MS / 1000} s; make it narrower`);
  if (result.status > 1) throw new Refusal(result.stderr.toString().replaceAll('fatal: ', '').trim()); // a pattern that is none
  return result.stdout.toString();
}

function pathspecs(worktree: Worktree, path: string, pattern?: string): string[] {
  const directory = components(worktree, path).join('/');
  if (pattern === undefined) return [`:(top,literal)${directory}`];
  const inside = components(worktree, pattern).join('/');
  const anywhere = inside.includes('/') ? inside : `**/${inside}`;
  const prefix = directory === '' ? '' : `${directory.replaceAll(/[*?[\\]/g, '\\$&')}/`;
  return expand(anywhere, { max: 100 }).map((each) => `:(top,glob)${prefix}${each}`);
}

const bounded = (results: readonly string[]): string =>
  results.length <= MAX_RESULTS
    ? results.join('\n')
    : `${results.slice(0, MAX_RESULTS).join('\n')}\n(${results.length - MAX_RESULTS} more; make the search narrower)`;

const shorten = (text: string): string => (text.length <= MAX_LINE_LENGTH ? text : `${text.slice(0, MAX_LINE_LENGTH)}…`);
