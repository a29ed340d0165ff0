// Whom a commit that is made by the API names, and when it says that it was made.
import { problemOfIdentity, type NamedAt } from '../git/identity.ts';
import { invalid } from '../http/reply.ts';
import type { User } from '../state/records.ts';

interface Wish {
  readonly name?: string;
  readonly email?: string;
  readonly date?: string;
}

export const personOf = (user: User): NamedAt => ({ name: user.login, email: user.email });

/** What was asked for, or `usual`; refuses a name that git could not write, and a date that is none. */
export function personIn(wish: Wish | undefined, usual: NamedAt, field: 'author' | 'committer'): NamedAt {
  if (wish === undefined) return usual;
  const { date, name = usual.name, email = usual.email } = wish;
  const moment = date === undefined ? undefined : Date.parse(date);
  const problem = moment !== undefined && !(moment >= 0) ? 'date is not a date' : problemOfIdentity({ name, email });
  if (problem !== undefined) throw invalid({ resource: 'Commit', field, code: 'invalid', message: problem });
  return { name, email, ...(moment === undefined ? {} : { date: `${Math.floor(moment / 1_000)} +0000` }) };
}

/** The message of a commit. */
export function messageIn(message: string): string {
  if (message.trim() === '') throw invalid({ resource: 'Commit', field: 'message', code: 'missing_field' });
  if (message.includes('\0')) throw invalid({ resource: 'Commit', field: 'message', code: 'invalid' });
  return message;
}
