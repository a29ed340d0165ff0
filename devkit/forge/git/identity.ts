// Whom a commit names.
import type { Identity } from './repository.ts';

export interface NamedAt extends Identity {
  /** As git reads it: seconds since the epoch and a zone. */
  readonly date?: string;
}

/** Git drops these at the ends of a name; a name of nothing else is none. */
const CRUD = /^[\s.,:;<>"\\']*$/;

export const isNoName = (name: string): boolean => CRUD.test(name);

/** Why git could not write a commit in this name, or undefined. */
export function problemOfIdentity({ name, email }: Identity): string | undefined {
  if (isNoName(name)) return 'name is empty';
  return /[\0\n<>]/.test(name + email) ? 'name and email have no line breaks and no angle brackets' : undefined;
}
