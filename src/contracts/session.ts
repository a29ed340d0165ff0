// A session: one agent following one prompt in one worktree. What crosses between its workflow and its activities: positions and
// verdicts, never content, so that its history grows by a small constant a turn.

/** What the session shall do; kept in the store under its digest. */
export interface SessionSpec {
  readonly model: { readonly provider: 'anthropic' | 'openai'; readonly id: string };
  /** Stays byte-equal for the whole session, so that prompt caches hit. */
  readonly system: string;
  readonly prompt: string;
  /** Directory on the session's host. */
  readonly worktree: string;
  readonly limits: SessionLimits;
}

export interface SessionLimits {
  readonly turns: number;
  /** From the first turn on, waiting included. */
  readonly minutes: number;
  /** Input and output together, as the provider counts them. */
  readonly tokens: number;
  /** A model that is silent for this long has stalled. */
  readonly stallSeconds: number;
  /** The same calls with the same results this many turns in a row are no progress. */
  readonly repeats: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = { turns: 100, minutes: 120, tokens: 5_000_000, stallSeconds: 120, repeats: 3 };

export interface SessionInput {
  /** Digest of the session's `SessionSpec`. */
  readonly spec: string;
  /** Host that has the worktree. */
  readonly host: string;
  /** Number of the next turn, from 1; carried over continue-as-new. */
  readonly turn: number;
  readonly paused: boolean;
}

/** How a session ended. `killed` is only in the store: Temporal shows such a workflow as cancelled. */
export interface SessionEnd {
  readonly outcome: 'completed' | 'limit' | 'stalled' | 'stuck' | 'failed' | 'killed';
  readonly rule: string;
  readonly because: string;
}

/** A run of tool calls of one turn, by their positions in the reply: quick ones together, a command alone. */
export interface ToolWork {
  readonly kind: 'quick' | 'command';
  readonly from: number;
  readonly to: number;
}

/** What comes after a turn's model call. */
export type TurnOutcome =
  | { readonly next: 'tools'; readonly work: readonly ToolWork[] }
  /** The model wants nothing more: the session ends unless there is mail. */
  | { readonly next: 'rest'; readonly end: SessionEnd }
  | { readonly next: 'end'; readonly end: SessionEnd };

interface OfTurn {
  readonly session: string;
  readonly spec: string;
  readonly turn: number;
}

/** On the model's queue. */
export interface ModelActivities {
  /**
   * Decides whether the session goes on, and if so makes one model call. The reply is in the store before this returns, together with
   * the mail that the model has seen; a retry finds it there.
   */
  takeTurn(input: OfTurn): Promise<TurnOutcome>;
}

/** On the queue of the session's host. */
export interface ToolActivities {
  /** Runs quick tools: read-only ones in parallel, the others in order. Each result is in the store before the next starts. */
  runQuickTools(input: OfTurn & ToolWork): Promise<void>;
  /** Starts a command as a job of the host, or attends to the one that runs, until it has ended. */
  runCommand(input: OfTurn & { readonly call: number }): Promise<void>;
  /** Ends every process that the session has left on this host. */
  reapSession(input: { readonly session: string }): Promise<void>;
}

/** On the general queue. */
export interface SessionActivities {
  /** Puts typed signals into the mailbox. Ids make it repeatable. */
  keepTyped(input: { readonly session: string; readonly typed: readonly Typed[] }): Promise<void>;
  /** Closes the mailbox and records the end; false when there is unseen mail and the end may wait for it. */
  endSession(input: {
    readonly session: string;
    readonly turn: number;
    readonly end: SessionEnd;
    /** Unseen mail goes back to its senders. */
    readonly evenWithMail: boolean;
  }): Promise<boolean>;
}

/** What somebody typed into a signal. */
export interface Typed {
  readonly id: string;
  readonly kind: 'steer' | 'tell';
  readonly text: string;
}
