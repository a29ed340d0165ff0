// The tools for files, as a session offers them: their words to the model and their schemas. What they may touch is in beneath.ts.
import { z } from 'zod';
import type { GitHost, Worktree } from '../../../git/command.ts';
import { hasRedacted } from '../../../secrets/redact.ts';
import { worktreeAt } from '../../../git/worktree.ts';
import type { Tool, ToolOutput } from '../tool.ts';
import { edit, write } from './change.ts';
import { read } from './read.ts';
import { glob, grep } from './search.ts';

const path = z.string().min(1).max(4096).describe('relative to the worktree');
const pattern = z.string().min(1).max(1000);

/** Tools for worktrees that `createWorktree` has made. */
export function createFileTools(host: GitHost): Tool[] {
  return [
    tool({
      name: 'read',
      description: 'Reads a text file, with line numbers.',
      input: z.strictObject({
        path,
        offset: z.int().min(1).default(1).describe('first line'),
        limit: z.int().min(1).max(2000).default(2000).describe('most lines'),
      }),
      readOnly: true,
      run: (worktree, _call, input) => read(worktree, input),
    }),
    tool({
      name: 'write',
      description: 'Creates a file, with its directories, or replaces its content.',
      input: z.strictObject({ path, content: z.string() }),
      readOnly: false,
      run: (worktree, call, input) => (hasRedacted(input.content) ? placeOfSecret : write(worktree, call, input)),
    }),
    tool({
      name: 'edit',
      description: 'Replaces text in a file. `old` must be in it exactly as given, and once unless `all` is set.',
      input: z.strictObject({ path, old: z.string().min(1), new: z.string(), all: z.boolean().default(false) }),
      readOnly: false,
      run: (worktree, call, input) => (hasRedacted(input.old + input.new) ? placeOfSecret : edit(worktree, call, input)),
    }),
    tool({
      name: 'glob',
      description: 'Lists files by name, without what git ignores. A pattern without a slash matches in every directory.',
      input: z.strictObject({ pattern: pattern.describe('**, *, ?, […], {a,b}'), path: path.default('.') }),
      readOnly: true,
      run: (worktree, _call, input) => glob(host, worktree, input),
    }),
    tool({
      name: 'grep',
      description: 'Finds lines by a Perl-compatible regular expression, in files that git does not ignore. Answers path:line:text.',
      input: z.strictObject({ pattern, path: path.default('.'), glob: pattern.optional(), ignoreCase: z.boolean().default(false) }),
      readOnly: true,
      run: (worktree, _call, input) => grep(host, worktree, input),
    }),
  ];
}

/** A secret that a file has is not shown, so what was shown of the file must not replace it. */
const placeOfSecret = Promise.resolve<ToolOutput>({
  how: 'mistake',
  text: 'Nothing was changed: the text has "[redacted: …]" in it, which stands for a secret that is not shown to you. Edit only what is around it.',
});

/** A tool whose input is known here and checked by its schema before `run`. */
function tool<Input>(definition: {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodType<Input>;
  readonly readOnly: boolean;
  readonly run: (worktree: Worktree, call: string, input: Input) => Promise<ToolOutput>;
}): Tool {
  const { run, ...rest } = definition;
  return {
    ...rest,
    async run(input, place) {
      const worktree = await worktreeAt(place.worktree);
      if (worktree === undefined) return { how: 'fatal', text: `${place.worktree} is not a worktree.` };
      return run(worktree, `${place.session}/${place.call}`, input as Input);
    },
  };
}
