// A session: one agent following one prompt in one worktree. What crosses between its workflow and its activities: positions and
// verdicts, never content, so that its history grows by a small constant a turn.
import type { OutputKind } from './outputs.ts';

export interface ModelRef {
  readonly provider: 'anthropic' | 'openai';
  /** The provider's own name for it. */
  readonly id: string;
}

/** What a playbook asks for; which model that is says the configuration. */
export const MODEL_ALIASES = ['fast', 'balanced', 'best'] as const;
export type ModelAlias = (typeof MODEL_ALIASES)[number];

export interface Models {
  readonly aliases: Readonly<Record<ModelAlias, ModelRef>>;
  /** Where the sessions of a phase shall have another one than their playbooks ask for. */
  readonly phases: Readonly<Partial<Record<SessionPhase, ModelAlias | ModelRef>>>;
}

/** What sessions are for. */
export const SESSION_PHASES = ['classify', 'code', 'review', 'fix'] as const;
export type SessionPhase = (typeof SESSION_PHASES)[number];

/** What the session shall do; kept in the store under its digest. */
export interface SessionSpec {
  readonly model: ModelRef;
  /** Stays byte-equal for the whole session, so that prompt caches hit. */
  readonly system: string;
  readonly prompt: string;
  /** Directory on the session's host. */
  readonly worktree: string;
  /** What it has to give back, by the tool for it; null: it is done when the model asks for no more tools. */
  readonly output: OutputKind | null;
  /** `read-only`: it can look at everything and change nothing. */
  readonly tools: 'all' | 'read-only';
  readonly phase: SessionPhase;
  /** Of whom it works for: words that it was not able to see go there; without it they go back to who has said them. */
  readonly mailbox?: string;
  readonly limits: SessionLimits;
}

export interface SessionLimits {
  readonly turns: number;
  /** From the first turn on, without the time in which it was paused or no worker ran it. */
  readonly minutes: number;
  /** Input and output together, as the provider counts them. */
  readonly tokens: number;
  /** US dollars, by the known prices (contracts/prices.ts); a model without one costs nothing here. */
  readonly usd: number;
  /** A model that is silent for this long has stalled. */
  readonly stallSeconds: number;
  /** The same calls with the same results this many turns in a row are no progress. */
  readonly repeats: number;
  /** After so many minutes of work in which no file has changed and no output was given the model is warned. */
  readonly idleMinutes: number;
  /** After so many of them the session has stalled; where it may work no longer than this anyway, it ends only by `minutes`. */
  readonly idleEndMinutes: number;
  /** A tool whose host fails is tried this often, with Temporal's pauses (ten take a minute); then the session ends. */
  readonly attempts: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = {
  turns: 100,
  minutes: 120,
  tokens: 5_000_000,
  usd: 20,
  stallSeconds: 120,
  repeats: 3,
  idleMinutes: 30,
  idleEndMinutes: 120,
  attempts: 10,
};

export interface SessionInput {
  /** Digest of the session's `SessionSpec`. */
  readonly spec: string;
  /** Host that has the worktree. */
  readonly host: string;
  /** Number of the next turn, from 1; carried over continue-as-new. */
  readonly turn: number;
  readonly paused: boolean;
  /** Of the turn before; carried over continue-as-new. */
  readonly quick?: QuickCalls;
}

/** Digest of a session's `SessionSpec`, or why its worktree is not fit for a session. */
export type Prepared = string | { readonly refused: string };

/** Rule under which such a session has ended: it never began, so nothing in the worktree is its work. */
export const NOT_READY = 'worktree-not-ready';

/** How a session ended. `killed` is only in the store: Temporal shows such a workflow as cancelled. */
export interface SessionEnd {
  readonly outcome: 'completed' | 'limit' | 'stalled' | 'stuck' | 'failed' | 'killed';
  readonly rule: string;
  readonly because: string;
}

/**
 * A run of tool calls of one turn, by their positions in the reply: quick ones together, a command alone. Quick ones have no activity of
 * their own: they are the beginning of the one that comes next.
 */
export interface ToolWork {
  readonly kind: 'quick' | 'command';
  readonly from: number;
  readonly to: number;
  /** In a few words, for people. */
  readonly what: string;
}

/** What comes after a turn's model call. */
export type TurnOutcome =
  /** Without any work where the model is only told something before the next turn. */
  | { readonly next: 'tools'; readonly work: readonly ToolWork[] }
  /** The model wants nothing more, and there is no mail: the mailbox is closed. */
  | { readonly next: 'ended'; readonly end: SessionEnd }
  /** The model wants nothing more: the session ends unless there is mail. There was some, or an older worker has not looked. */
  | { readonly next: 'rest'; readonly end: SessionEnd }
  | { readonly next: 'end'; readonly end: SessionEnd };

/** Quick calls that no activity has run yet. */
export interface QuickCalls extends ToolWork {
  readonly turn: number;
}

interface OfTurn {
  readonly session: string;
  readonly spec: string;
  readonly turn: number;
  /** To be run first. */
  readonly quick?: QuickCalls;
}

/** On the host's queue for turns. */
export interface ModelActivities {
  /**
   * Runs the quick calls that are due, decides whether the session goes on, and if so makes one model call. The reply is in the store before
   * this returns, together with the mail that the model has seen; a retry finds it there. After a last reply that no mail has followed the
   * session has ended.
   */
  takeTurn(input: OfTurn): Promise<TurnOutcome>;
}

/** On the queue of the session's host. */
export interface ToolActivities {
  /** Runs the quick calls that are due; then starts a command as a job of the host, or attends to the one that runs, until it has ended. */
  runCommand(input: OfTurn & { readonly call: number }): Promise<void>;
  /** Keeps what the session has done in its worktree, before it waits. */
  keepWork(input: { readonly session: string; readonly spec: string }): Promise<void>;
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
    /** Of older runs it is not known. */
    readonly spec?: string;
    readonly turn: number;
    readonly end: SessionEnd;
    /** Unseen words are for whoever goes on with the work, if it was not killed and somebody does; all other mail goes back to its senders. */
    readonly evenWithMail: boolean;
  }): Promise<boolean>;
}

/** What somebody typed into a signal. */
export interface Typed {
  readonly id: string;
  readonly kind: 'steer' | 'tell';
  readonly text: string;
}
