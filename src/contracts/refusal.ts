// What the forge does not let us do and no waiting mends: kept as a row when it happens, so that the policy sees it with its next look.

export interface Refusal {
  /**
   * `token`: wrong or expired. `rights`: it may not do this. `archived`: nobody may. `gone`: it is not there, or hidden from the token.
   * `identity`: it is not there, has no token, or can't sign; nobody was asked. `fork`: its author does not let us push there any more.
   */
  readonly reason: 'token' | 'rights' | 'archived' | 'gone' | 'identity' | 'fork';
  /** What was asked for: method and path of a call, or git's command. */
  readonly asked: string;
  /** The forge's own words. */
  readonly says: string;
  /** Identity whose account was refused; left out for the installation's own. */
  readonly whose?: Whose;
  /** A look at the repository showed it as well: when that looks well again, it is over. */
  readonly isSeen?: boolean;
}

export interface Whose {
  readonly identity: string;
  /** Of its token; left out where nobody knows the identity any more. */
  readonly variable?: string;
}

/** A refusal that nobody has dealt with. */
export interface StandingRefusal extends Refusal {
  /** Questions about refusals that were answered or withdrawn before this one. */
  readonly number: number;
}

/** Key of the row that a coordinator's refusal is kept under. */
export const refusedKey = (workflow: string, number: number): string => `${workflow}/refused/${number}`;

/** Id of the question about it. */
export const accessItem = (workflow: string, number: number): string => `${workflow}/ask/${accessName(number)}`;
export const accessName = (number: number): string => `access/${number}`;

/** Whether a question is about a refusal, of whichever coordinator. */
export const isAccessItem = (id: string): boolean => /\/ask\/access\/\d+$/.test(id);
