// As whom work is done on the forge (X6). Whoever begins it says so; it is kept with the work as one text, the name and what the account was
// used for then, so that nothing that is under way changes hands because somebody has changed the settings.

/** What an account is used for. What an identity is not used for, the installation's own account does. */
export const PURPOSES = [
  /** Author and signature of commits. */
  'commits',
  /** Pushes; requests are opened, described and completed. */
  'requests',
  /** Everything that is said, and the small things around it: replies, the status, labels, threads, what is tidied up. */
  'comments',
  /** Merges, and places in merge queues. */
  'merges',
] as const;
export type Purpose = (typeof PURPOSES)[number];

/** The most that is done in the name of a person: speaking for somebody is another permission, which there is not. */
export const AS_USER: readonly Purpose[] = ['commits', 'requests'];

/** By this name the installation's own account is chosen where another one is the default. */
export const INSTALLATION = 'installation';

export interface Identity {
  readonly name: string;
  /** Name of the variable that has the token. */
  readonly variable: string;
  /** Undefined where that is not set. */
  readonly token: string | undefined;
  /** Undefined: the installation's. */
  readonly author: { readonly name: string; readonly email: string } | undefined;
  /** Private SSH key that signs its commits; undefined where they are not signed. */
  readonly signingKey: string | undefined;
  /** It is the account of a person, in whose name things are done. */
  readonly actAsUser: boolean;
  readonly does: readonly Purpose[];
}

/** What is kept with work that begins now: "anna:commits,requests". */
export const asText = ({ name, does }: Pick<Identity, 'name' | 'does'>): string => `${name}:${does.join(',')}`;

export const identityName = (as: string): string => as.split(':')[0] ?? '';

export const purposesOf = (as: string): readonly Purpose[] => PURPOSES.filter((one) => (as.split(':')[1] ?? '').split(',').includes(one));

/** Whether the identity that work was begun as does this, and not the installation's own account. */
export const isFor = (as: string | undefined, purpose: Purpose): as is string => as !== undefined && purposesOf(as).includes(purpose);

/** What the row of an effect says of whose account it was; nothing for the installation's own. */
export const rowOf = (as: string | undefined, purpose: Purpose): { readonly as?: string } => (isFor(as, purpose) ? { as } : {});
