// A merge request as it is seen at one moment, in words that fit any forge.
import type { ForgeFacts } from './gates.ts';

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
  /** `unsure`: its words do not tell, and no model was asked yet. */
  readonly triage: Triage | 'unsure';
  /** Digest of what its author has written; of those that a model is asked about. */
  readonly text?: string;
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

export const TRIAGES = ['approval', 'nit', 'question', 'actionable', 'blocker'] as const;
export type Triage = (typeof TRIAGES)[number];

/** What became of asking a model what a comment wants, for ever. */
export interface Triaged {
  readonly triage: Triage;
  /** In the model's words, or why it could not be asked. */
  readonly because: string;
}
