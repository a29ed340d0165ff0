// What the owner of a merge request may do. Each action is data; the effects are keyed, and done once.
import type { CustodyPolicy } from './custody.ts';
import type { ForgeFacts } from './gates.ts';
import type { CommentPlace } from './merge-request-snapshot.ts';

export type MergeRequestOutcome =
  | { readonly outcome: 'merged'; readonly head: string; readonly mergeSha: string | null }
  | { readonly outcome: 'closed' }
  /** Given back to people, as it was. */
  | { readonly outcome: 'released' };

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
  | MergeRequestModelEffect
  | MergeRequestHostEffect
  | MergeRequestEffect;

/** Asks a model what comments want whose words do not tell: one call for each, on record under its own key. */
export interface MergeRequestModelEffect {
  readonly kind: 'triage';
  /** Of the first. */
  readonly key: string;
  readonly about: readonly ToTriage[];
}

export interface ToTriage {
  readonly key: string;
  readonly comment: string;
  /** Digest of its words. */
  readonly text: string;
}

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
