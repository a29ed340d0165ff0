// The merge lane of a repository: performs every merge of it, one at a time, after running the gates again on fresh facts.
import type { Decision } from './decision.ts';
import type { MergeMethod, MergeWay } from './merge-policy.ts';
import type { LeftQueueFor } from './merge-queue.ts';
import type { MergeRequestRef, RepositoryRef } from './work.ts';

/** What the lane can't see on the forge: handed over by who asks. */
export interface MergeContext {
  /** Whether the change was made by a task of ours. */
  readonly ours: boolean;
  /** Digests; null where there is none. */
  readonly classification: string | null;
  readonly goal: string | null;
  /** Issue that the request is for: who has opened it may stop the merge. Wishes of earlier versions do not name it. */
  readonly issue?: number | null;
  /** Why a person has to look whatever else holds, or null. */
  readonly escalated: string | null;
  /** Identity that the request is in hand as (contracts/identity.ts); the installation's own account where it is left out. */
  readonly as?: string;
}

/** A wish to have a head merged. */
export interface NewMergeAsk {
  /** `mergeAskId`. */
  readonly id: string;
  readonly lane: string;
  /** Id of the request's workflow, which is told when there is an outcome. */
  readonly request: string;
  readonly ref: MergeRequestRef;
  readonly head: string;
  readonly askedBy: string;
  readonly context: MergeContext;
}

export interface MergeAsk extends NewMergeAsk {
  readonly at: number;
  /** Null while the lane has it before it. */
  readonly outcome: MergeOutcome | null;
  /** When it got its outcome; null before. */
  readonly settledAt: number | null;
}

export type MergeOutcome =
  | { readonly state: 'merged'; readonly sha: string; readonly method: MergeWay; readonly by: string }
  /** Merged, but not by this lane. */
  | { readonly state: 'merged by others'; readonly sha: string; readonly by: string }
  /** `queue`: where the forge's merge queue has let go of it; what for, and where the base was then. */
  | { readonly state: 'refused'; readonly because: string; readonly queue?: { readonly for: LeftQueueFor; readonly base: string } };

/** Result of the effect that merges. `by`: the account as which we did. */
export interface MergeResult {
  readonly sha: string;
  readonly method: MergeMethod;
  readonly by: string;
}

/**
 * Names a wish, and the effect that fulfils it. After a refusal the same head may be wished for again: as another wish.
 * @param refusals how often this head was refused so far
 */
export const mergeAskId = (request: string, head: string, refusals: number): string => `${request}/merge/${head}/${refusals}`;

export interface MergeLaneInput {
  readonly repository: RepositoryRef;
  readonly decisions: number;
  readonly applied: string | null;
  readonly paused: boolean;
}

export type MergeLaneAction =
  | { readonly kind: 'wait'; readonly forWhom: 'request' | 'forge' | 'operator' | 'upgrade'; readonly atMostSeconds: number }
  /** `proof`: digest of the record on which it was decided. */
  | { readonly kind: 'merge'; readonly key: string; readonly ask: string; readonly proof: string }
  /** Puts it into the forge's merge queue. `before`: how often it had been put there when that was decided. */
  | { readonly kind: 'enqueue'; readonly key: string; readonly ask: string; readonly before: number }
  /** Takes it out again. */
  | { readonly kind: 'dequeue'; readonly key: string; readonly ask: string; readonly because: string }
  | { readonly kind: 'settle'; readonly ask: string; readonly outcome: MergeOutcome; readonly proof: string };

export interface AssessMergeLane {
  readonly repository: RepositoryRef;
  readonly understands: readonly MergeLaneAction['kind'][];
  readonly decision: number;
  readonly applied: string | null;
}

/** On the general queue. */
export interface MergeLaneActivities {
  assessMergeLane(input: AssessMergeLane): Promise<Decision<MergeLaneAction>>;
  /** Merges, once for its key, if the gates still pass: they run again just before the call. */
  mergeInLane(input: {
    readonly repository: RepositoryRef;
    readonly rule: string;
    readonly action: Extract<MergeLaneAction, { kind: 'merge' }>;
  }): Promise<void>;
  /** Puts a request into the forge's merge queue, if the gates still pass, or takes it out again; once for its key. */
  moveInQueue(input: {
    readonly repository: RepositoryRef;
    readonly rule: string;
    readonly action: Extract<MergeLaneAction, { kind: 'enqueue' | 'dequeue' }>;
  }): Promise<void>;
  /** Records an outcome, in the merge log too where there is a merge, and wakes the request. */
  settleMerge(input: { readonly repository: RepositoryRef; readonly action: Extract<MergeLaneAction, { kind: 'settle' }> }): Promise<void>;
}
