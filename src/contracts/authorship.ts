// Whose name is on the commits of an installation.

export interface Authorship {
  readonly author: { readonly name: string; readonly email: string };
  /** "Name <address>" of who shares the authorship of every commit; null: nobody does. */
  readonly coAuthor: string | null;
}

export const DEFAULT_AUTHOR: Authorship['author'] = { name: 'Signalbox', email: 'signalbox@localhost' };
