// The owner of one merge request: from its start until the request is merged or closed, independent of any agent. What crosses between its
// workflow and its activities; the facts that its policy decides by.
import type { CustodyPolicy } from './custody.ts';
import type { Decision } from './decision.ts';
import type { ForgeFacts } from './gates.ts';
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

export type MergeRequestOutcome =
  | { readonly outcome: 'merged'; readonly head: string; readonly mergeSha: string | null }
  | { readonly outcome: 'closed' }
  /** Given back to people, as it was. */
  | { readonly outcome: 'released' };

/**
 * What is seen of a request at one moment, in words that fit any forge. Lists have a stable order and nothing in it is the time of looking, so
 * that the same state of the world is the same facts.
 */
export interface MergeRequestSnapshot {
  readonly forge: ForgeFacts;
  /** Why checks of the head have failed. */
  readonly failures: readonly CheckFailure[];
  /** What people have said, without what is ours or a bot's. */
  readonly comments: readonly PersonComment[];
  /** Null where there is none (any more), or as long as the request is open. */
  readonly issue: 'open' | 'closed' | null;
  /** Commit that the branch is at; null where it is gone, or where nobody asks: the request is open and shows our newest head. */
  readonly branchSha: string | null;
  /** Numbers of the open requests that want to be merged into its branch; none as long as it is not merged. */
  readonly downstream: readonly number[];
}

export interface CheckFailure {
  readonly name: string;
  /** Of this run of the check: running it again gives another. */
  readonly run: string;
  /** `infrastructure`: it was cancelled, never ran, or its machine failed it; nothing that a change of code mends. */
  readonly kind: 'code' | 'infrastructure';
  readonly url: string | null;
  /** What was said about it besides the log. */
  readonly summary: string;
  readonly step: string | null;
  /** Id by which the job can be run again; null where it can't be. */
  readonly job: number | null;
  /** Digest of the part of the log that matters. */
  readonly log: string | null;
  /** Why it may pass when it is run again; null where nothing speaks for it. */
  readonly flaky: string | null;
}

export interface PersonComment {
  /** Names this text of this comment (an edited one is another): the natural key of every reaction to it. */
  readonly key: string;
  readonly by: string;
  /** `asker`: of the issue. What strangers say commands nothing. */
  readonly rank: 'writer' | 'asker' | 'stranger';
  readonly triage: Triage;
  readonly place: CommentPlace;
  /** Its beginning; the whole text is asked for when it is worked on. */
  readonly excerpt: string;
}

export type CommentPlace =
  | { readonly in: 'conversation'; readonly url: string }
  | {
      readonly in: 'thread';
      readonly url: string;
      readonly thread: string;
      /** Comment that the thread began with: replies go to it. */
      readonly first: number;
      readonly path: string;
      readonly line: number | null;
      /** When we said something in the thread after it, in seconds since 1970; null where we did not. */
      readonly repliedAt: number | null;
    };

export type Triage = 'approval' | 'nit' | 'question' | 'actionable' | 'blocker';

export type MergeRequestAction =
  | { readonly kind: 'end'; readonly outcome: MergeRequestOutcome }
  /** `operator`: who runs Signalbox, and is asked. `people`: whoever works on the request. */
  | {
      readonly kind: 'wait';
      readonly forWhom: 'operator' | 'people' | 'upgrade' | 'session' | 'ci' | 'reviewer' | 'forge' | 'lane';
      readonly atMostMinutes: number;
    }
  /** Ends a child that has nothing to do any more; then waits for its end. */
  | { readonly kind: 'stop'; readonly child: string }
  /** `about`: names of checks, keys of comments, or files with conflicts. */
  | {
      readonly kind: 'session';
      readonly key: string;
      readonly playbook: 'fix-checks' | 'answer-comments' | 'resolve-conflicts';
      readonly head: string;
      readonly about: readonly string[];
      /** Commit of the base that is to be merged; where a session resolves conflicts. */
      readonly base?: string;
    }
  | { readonly kind: 'review'; readonly key: string; readonly head: string }
  | MergeRequestHostEffect
  | MergeRequestEffect;

/** Done where the worktree is. */
export type MergeRequestHostEffect =
  /** Makes a commit of what a session has left, unless it is to be discarded for a reason; the session's end is dealt with by it. */
  | {
      readonly kind: 'commit';
      readonly key: string;
      readonly session: string;
      readonly parent: string;
      readonly discard: string | null;
      /** Commit of the base that the session was to merge. */
      readonly merges?: string;
    }
  /** `rewrites`: the commit need not have the expected one in its history. Every commit that is lost by it is ours. */
  | { readonly kind: 'push'; readonly key: string; readonly commit: string; readonly expected: string; readonly rewrites?: boolean }
  /** Makes a commit that has this commit of the base in it, where git can do that by itself; `push` publishes it. */
  | {
      readonly kind: 'takeBase';
      readonly key: string;
      readonly head: string;
      readonly branch: string;
      readonly base: string;
      readonly why: 'conflict' | 'behind' | 'queue';
      readonly how: BaseUpdate;
    }
  /** Moves the worktree to a commit that a person has pushed. */
  | { readonly kind: 'takeUp'; readonly key: string; readonly commit: string }
  | { readonly kind: 'removeWorktree'; readonly key: string };

/** How a branch is brought up to date with its base. */
export type BaseUpdate = 'rebase' | 'merge';

/** What became of taking the base into a branch. */
export interface BaseTaken {
  readonly parent: string;
  /** Null where nothing was to be done, or git could not do it. */
  readonly commit: string | null;
  /** Whether the commit is a rebase, which leaves `parent` behind. */
  readonly rewrites: boolean;
  /** Files in which git could not decide. */
  readonly conflicts: readonly string[];
  readonly because: string;
}

/** What became of a session. */
export interface Committed {
  readonly parent: string;
  /** Null where it has changed nothing. */
  readonly commit: string | null;
  /** Keys of the comments that it has an answer to. */
  readonly replies: readonly string[];
  readonly because: string;
}

export type MergeRequestEffect =
  | { readonly kind: 'rerun'; readonly key: string; readonly check: string; readonly run: string; readonly job: number }
  /** Puts comments down as the work of one session, for ever. */
  | { readonly kind: 'take'; readonly key: string; readonly comments: readonly string[] }
  | {
      readonly kind: 'reply';
      readonly key: string;
      readonly comment: string;
      readonly place: CommentPlace;
      readonly session: string;
      readonly commit: string | null;
    }
  | { readonly kind: 'resolve'; readonly key: string; readonly thread: string }
  /** Asks who wanted changes to look at them. */
  | { readonly kind: 'askReviewer'; readonly key: string; readonly reviewer: string }
  | { readonly kind: 'askMerge'; readonly key: string; readonly head: string; readonly escalated: string | null }
  /** Sets the section of the description that shows the proof to what holds now. */
  | { readonly kind: 'proof'; readonly key: string; readonly escalated: string | null }
  /** Puts a merge of others into the merge log. */
  | { readonly kind: 'log'; readonly key: string; readonly escalated: string | null }
  /** Makes or edits the comment that says how the request stands. `comment`: its id, once it is made. */
  | { readonly kind: 'status'; readonly key: string; readonly status: RequestStatus; readonly comment: number | null }
  /** Tells whoever waits for the end, while the owner goes on to watch what becomes of it. */
  | { readonly kind: 'conclude'; readonly key: string; readonly outcome: MergeRequestOutcome }
  /** Puts what became of the merge into the merge log and the outbox. */
  | { readonly kind: 'aftermath'; readonly key: string; readonly seen: Aftermath }
  /** Sees to it that the description has our footer, once. */
  | { readonly kind: 'footer'; readonly key: string }
  | { readonly kind: 'say'; readonly key: string; readonly text: string }
  | { readonly kind: 'closeIssue'; readonly key: string; readonly issue: number }
  /** Gives another request this base. */
  | { readonly kind: 'retarget'; readonly key: string; readonly number: number; readonly base: string }
  | { readonly kind: 'deleteBranch'; readonly key: string; readonly branch: string; readonly head: string }
  | { readonly kind: 'notify'; readonly key: string; readonly text: string };

/** How a request stands, in its own comment. */
export interface RequestStatus {
  readonly policy: CustodyPolicy;
  readonly head: string;
  readonly state: ForgeFacts['state'];
  readonly rule: string;
  readonly because: string;
  /** Null: it has ended. */
  readonly waitsFor: Extract<MergeRequestAction, { kind: 'wait' }>['forWhom'] | null;
}

/** Something that became of a merge. */
export interface Aftermath {
  readonly kind: 'reverted' | 'revert proposed' | 'bug';
  /** A commit, or a number with "#". */
  readonly what: string;
  readonly title: string;
  readonly by: string;
}

/** What becomes of nits: a session does them, nobody does, or whoever runs Signalbox is asked. */
export type Nits = 'fix' | 'log' | 'ask';

/** Who is waited for, where people are told when it lasts; `resting`: nobody, because people want that nothing is done. */
export type Remindable = 'ci' | 'reviewer' | 'operator' | 'people' | 'resting';

export interface Reminders {
  /** How many are given of one wait. */
  readonly most: number;
  /** After how many hours each. */
  readonly hours: Readonly<Record<Remindable, number>>;
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
