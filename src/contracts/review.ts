// A review: several families of reviewers look at one head at the same time; what they find is fixed and looked at again, in at most
// three rounds. Runs in a worktree, commits there, publishes nothing.
import type { Decision } from './decision.ts';
import type { Finding } from './outputs.ts';
import type { Prepared, SessionEnd, Typed } from './session.ts';
import type { Work } from './work.ts';

export interface ReviewInput {
  readonly id: string;
  readonly work: Work;
  /** Digest of the text of what was to be done. */
  readonly goal: string;
  /** Commit of the base that the change is compared with. */
  readonly from: string;
  /** Commit to review. */
  readonly head: string;
  /** Id of the session that has made the change, whose hand-over says what it meant to change; null where nobody knows. */
  readonly author: string | null;
  /** Digest of the findings of the review before this one of the same work, so that fixes are counted on; null where there was none. */
  readonly earlier: string | null;
  /** How the sessions that have run ended, by their keys. Carried over continue-as-new, as are the next three. */
  readonly sessions: Readonly<Record<string, SessionEnd>>;
  readonly decisions: number;
  readonly applied: string | null;
  readonly paused: boolean;
}

export interface ReviewEnd {
  /** `clean`: nothing critical or major is open. `person`: it is, and no more rounds are allowed. */
  readonly verdict: 'clean' | 'person';
  /** Commit that the verdict is about: the reviewed head, or what the review's own fixes made of it. */
  readonly head: string;
  readonly rounds: number;
  /** Digest of every finding with its state; null where the review was ended from outside. */
  readonly findings: string | null;
  readonly because: string;
}

/** A finding over the rounds of a review. */
export interface TrackedFinding extends Finding {
  /** From file, category and title without case, digits and punctuation: the same finding said again is the same one (T9). */
  readonly fingerprint: string;
  readonly family: ReviewFamily;
  /** Round in which it was first found. */
  readonly found: number;
  readonly state: 'open' | 'fixed' | 'false positive';
  /** Why it is no longer open, in a reviewer's words; empty while it is. */
  readonly reason: string;
  /** How often a fix was tried. */
  readonly fixes: number;
}

export type ReviewFamily = 'correctness' | 'production-risk';
export const REVIEW_FAMILIES: readonly ReviewFamily[] = ['correctness', 'production-risk'];

export type ReviewAction =
  | { readonly kind: 'end'; readonly end: Omit<ReviewEnd, 'findings'> }
  | { readonly kind: 'wait'; readonly forWhom: 'session' | 'operator' | 'upgrade'; readonly atMostMinutes: number }
  /** Starts the reviewers of a round, one session for each family. */
  | { readonly kind: 'round'; readonly round: number; readonly head: string; readonly families: readonly ReviewFamily[] }
  | { readonly kind: 'fix'; readonly key: string; readonly round: number }
  | ReviewEffect;

export type ReviewEffect = { readonly kind: 'commit'; readonly key: string; readonly parent: string; readonly session: string };

/** Key of the row that says why what a review was about is never merged without a person. */
export const escalatedKey = (review: string): string => `${review}/escalated`;

/** Keys of a review's sessions. */
export const reviewerKey = (round: number, family: ReviewFamily): string => `round-${round}/${family}`;
export const fixKey = (round: number): string => `fix-${round}`;

export interface AssessReview {
  readonly review: ReviewInput;
  readonly understands: readonly ReviewAction['kind'][];
  readonly sessions: ReviewInput['sessions'];
  readonly running: readonly string[];
  readonly decision: number;
  readonly applied: string | null;
}

/** All on the queue of the host that has the worktree: what a review looks at is in its repository. */
export interface ReviewActivities {
  /** Applies the policy to what the sessions have reported and the ledger has. Only reads, but for the trace. */
  assessReview(input: AssessReview): Promise<Decision<ReviewAction>>;
  /** Prepares the specification of a reviewer's session; returns its digest. */
  prepareReviewer(input: {
    readonly review: ReviewInput;
    readonly round: number;
    readonly head: string;
    readonly family: ReviewFamily;
    readonly sessions: ReviewInput['sessions'];
  }): Promise<Prepared>;
  /** Prepares the specification of the session that fixes what a round has found; returns its digest. */
  prepareFix(input: {
    readonly review: ReviewInput;
    readonly round: number;
    readonly sessions: ReviewInput['sessions'];
  }): Promise<Prepared>;
  /** Does one effect, once for its key, for ever. */
  actOnReview(input: { readonly review: ReviewInput; readonly rule: string; readonly action: ReviewEffect }): Promise<void>;
  /** Puts typed signals into the mailboxes of the sessions that run, or keeps them for the next one. */
  keepTypedForReview(input: {
    readonly review: string;
    readonly running: readonly string[];
    readonly typed: readonly Typed[];
  }): Promise<void>;
  /** Keeps the verdict as a check of the head, with every finding; closes the mailbox. Returns the digest of the findings. */
  endReview(input: {
    readonly review: ReviewInput;
    readonly end: Omit<ReviewEnd, 'findings'>;
    readonly sessions: ReviewInput['sessions'];
  }): Promise<string>;
  /** Closes the mailbox of a review that was killed. */
  closeReview(input: { readonly review: string; readonly because: string }): Promise<void>;
}
