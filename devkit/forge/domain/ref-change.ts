// A ref that has moved.
import type { PushedCommit } from '../git/pushed-commits.ts';
import type { PullFacts } from './pulls-of-branch.ts';

export interface RefChange {
  readonly name: string;
  /** NO_SHA for a new ref. */
  readonly before: string;
  /** NO_SHA for a deleted one. */
  readonly after: string;
  readonly forced: boolean;
  /** The newest of the new commits, oldest first. */
  readonly commits: readonly PushedCommit[];
  /** What it is at then, also where that is no new commit; null for a deleted ref. */
  readonly headCommit: PushedCommit | null;
}

/** What git alone can say of it is looked up before the transaction that records the change. */
export type DescribedChange = RefChange & { readonly pulls: PullFacts };
