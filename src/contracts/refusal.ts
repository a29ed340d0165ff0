// What the forge does not let us do and no waiting mends: kept as a row when it happens, so that the policy sees it with its next look.

export interface Refusal {
  /** `token`: wrong or expired. `rights`: it may not do this. `archived`: nobody may. `gone`: it is not there, or hidden from the token. */
  readonly reason: 'token' | 'rights' | 'archived' | 'gone';
  /** What was asked for: method and path of a call, or git's command. */
  readonly asked: string;
  /** The forge's own words. */
  readonly says: string;
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
