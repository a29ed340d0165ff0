// The poll of a repository: what webhooks tell at once it finds later, for all issues and requests together. What it knows is a row; its
// workflow holds nothing.
import { repositoryId, type RepositoryRef } from './work.ts';

export interface PollInput {
  readonly repository: RepositoryRef;
}

/** Id of the workflow that polls a repository. */
export const pollId = (ref: RepositoryRef): string => `poll/${repositoryId(ref)}`;

export type PollAction =
  | { readonly kind: 'pause'; readonly seconds: number }
  /** Nobody wants to know of this repository any more. */
  | { readonly kind: 'end' };

/** What comes after a poll. */
export type PollNext = PollAction & { readonly because: string };

/** On the general queue. */
export interface PollActivities {
  /** Asks the forge what has changed, wakes whom it concerns, begins what is ready, and says when to ask again. */
  pollRepository(input: PollInput): Promise<PollNext>;
}
