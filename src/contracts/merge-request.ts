// The owner of one merge request: from its start until the request is merged or closed, independent of any agent. What crosses between its
// workflow and its activities.
import type { Decision } from './decision.ts';
import type {
  MergeRequestAction,
  MergeRequestEffect,
  MergeRequestHostEffect,
  MergeRequestModelEffect,
  MergeRequestOutcome,
} from './merge-request-actions.ts';
import type { Verdict } from './outbox.ts';
import type { Pipeline } from './plan.ts';
import type { ReviewEnd, ReviewInput } from './review.ts';
import type { Prepared, SessionEnd, Typed } from './session.ts';
import type { MergeRequestRef, Work } from './work.ts';

/** What is known of a request when its owner starts. */
export interface NewMergeRequest {
  readonly ref: MergeRequestRef;
  /** Number of its hand-over (contracts/custody.ts): part of the keys of all that is done for it. */
  readonly generation: number;
  readonly work: Work;
  /** Digest of the text of what was to be done. */
  readonly goal: string;
  /** Commit that the branch was published at, and that its worktree stands at. */
  readonly head: string;
  /** Digest of the task's classification; null where there is none. */
  readonly classification: string | null;
  /** Id of the session that has made the change; null where nobody knows. */
  readonly author: string | null;
  /** Digest of the findings of the last review of this work; null where there was none. */
  readonly earlier: string | null;
  /** Issue that the request is for, in the same repository. */
  readonly issue: number | null;
  /** Workflow that wants to know how it ends. */
  readonly tell: string | null;
  /** Of the task that has made it; left out where none has, or before this was said. */
  readonly pipeline?: Pipeline;
  /** Login of the person in whose name it was opened, if it was. */
  readonly onBehalfOf?: string;
}

export interface MergeRequestInput extends NewMergeRequest {
  /** Ends of children that no effect has dealt with yet, by their keys. Carried over continue-as-new, as are the next three. */
  readonly sessions: Readonly<Record<string, SessionEnd>>;
  readonly reviews: Readonly<Record<string, ReviewEnd>>;
  readonly decisions: number;
  /** Digest of the facts on which the last effect was applied. */
  readonly applied: string | null;
  readonly paused: boolean;
}

/** What people may be asked about a request at one moment. */
export interface Question {
  /** Id of the outbox item. */
  readonly id: string;
  readonly question: string;
  readonly accepts: readonly Verdict[];
  /** The head commit that an answer has to name. */
  readonly about?: string;
}

export interface AssessMergeRequest {
  readonly request: NewMergeRequest;
  /** Kinds of action that the calling workflow's code can apply; a newer worker may know more. */
  readonly understands: readonly MergeRequestAction['kind'][];
  readonly sessions: MergeRequestInput['sessions'];
  readonly reviews: MergeRequestInput['reviews'];
  /** Key of the child that runs now. */
  readonly running: string | null;
  /** Whether anything was heard since it last waited in vain: then the forge may show what was before. Earlier versions do not say. */
  readonly heard?: boolean;
  readonly decision: number;
  readonly applied: string | null;
}

/** `unknown`: decided by a newer version than the worker that was to do it. Nothing was done. */
export type Acted = 'done' | 'unknown';

interface Act<Action> {
  readonly request: NewMergeRequest;
  readonly rule: string;
  readonly action: Action;
}

/** On the general queue. */
export interface MergeRequestActivities {
  /** Takes a snapshot and applies the policy to it; asks people what they may be asked now. */
  assessMergeRequest(input: AssessMergeRequest): Promise<Decision<MergeRequestAction>>;
  /** Does one effect, once for its key, for ever. */
  actOnMergeRequest(input: Act<MergeRequestEffect>): Promise<Acted>;
  /** Keeps what was typed: for the session that runs, else for the next one. */
  keepTypedForMergeRequest(input: {
    readonly request: NewMergeRequest;
    readonly running: string | null;
    readonly typed: readonly Typed[];
  }): Promise<void>;
  /** Tells whoever waits for the end, and closes the mailbox. `because` alone: it was killed, and nobody is told. */
  endMergeRequest(input: {
    readonly request: NewMergeRequest;
    readonly outcome: MergeRequestOutcome | null;
    readonly because: string;
  }): Promise<void>;
}

/** On the host's queue for model calls. */
export interface MergeRequestModelActivities {
  /** Makes one model call, unless its answer is on record; what became of it is recorded once for its key, for ever. */
  askModelForMergeRequest(input: Act<MergeRequestModelEffect>): Promise<Acted>;
}

/** On the queue of the host that has the worktree. */
export interface MergeRequestHostActivities {
  /** Prepares the specification of a session; returns its digest, null where the forge refuses. */
  prepareForMergeRequest(input: {
    readonly request: NewMergeRequest;
    readonly action: Extract<MergeRequestAction, { kind: 'session' }>;
  }): Promise<Prepared | null>;
  /** What a review of this head is started with; null where the forge refuses. */
  prepareReviewOfMergeRequest(input: {
    readonly request: NewMergeRequest;
    readonly action: Extract<MergeRequestAction, { kind: 'review' }>;
    readonly earlier: string | null;
  }): Promise<ReviewInput | null>;
  /** Does one effect, once for its key, for ever. Where the forge refuses for good it stays undone, and the next look knows why. */
  actOnMergeRequestHost(input: Act<MergeRequestHostEffect>): Promise<Acted>;
}
