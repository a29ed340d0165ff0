// Tells apart what the forge refuses for good (a token that is wrong or may not, a repository that is archived or gone) from what will pass.
import type { Refusal } from '../../contracts/refusal.ts';
import { GitError } from '../../git/command.ts';
import { refusalOf } from './errors.ts';
import { Refused } from './refused.ts';

const LONGEST = 300;

/** @returns undefined for anything that time may mend: limits, outages, bugs */
export function refusalIn(error: unknown): Refusal | undefined {
  if (error instanceof Refused) return error.refusal;
  return error instanceof GitError ? ofGit(error.message) : refusalOf(error);
}

const GIT: readonly (readonly [Refusal['reason'], RegExp])[] = [
  ['archived', /\bremote: .*archived/i],
  ['token', /Authentication failed|could not read Username|returned error: 401/i],
  ['rights', /returned error: 403|Permission to \S+ denied/i],
  ['gone', /returned error: 404|\b(?:remote|fatal): repository .*not found/i],
];

function ofGit(message: string): Refusal | undefined {
  const reason = GIT.find(([, pattern]) => pattern.test(message))?.[0];
  if (reason === undefined) return undefined;
  const asked = /^git (?:-\S+ )*(\w[\w-]*)/.exec(message)?.[1] ?? '';
  const says = message.slice(message.indexOf(': ') + 2).replaceAll(/\s+/g, ' ');
  return { reason, asked: `git ${asked}`, says: says.slice(0, LONGEST) };
}
