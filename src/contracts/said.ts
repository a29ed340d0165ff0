// The messages of a session's transcript, as the store keeps them (contracts/transcript.ts has the entries that they come in).
// Append-only: what a model was once sent is never changed, so the prefix of a session's prompts stays byte-equal.
import type { ModelRef } from './session.ts';

export type Said =
  | { readonly kind: 'prompt'; readonly text: string; readonly at: number }
  /** Mail that the next reply has seen. */
  | { readonly kind: 'mail'; readonly from: string; readonly text: string }
  /** What we tell the model ourselves: a limit that comes near, work that gets nowhere, an answer that was none. */
  | Note
  | Reply
  | ToolResult
  /** `run`: id of the workflow's run; missing in those of older versions. */
  | { readonly kind: 'end'; readonly outcome: string; readonly rule: string; readonly because: string; readonly run?: string }
  /** Another run of its workflow goes on, though the one before was killed. No model is told: the next thing may be the result of a call. */
  | { readonly kind: 'again'; readonly run: string };

/** A killed session says nothing more: whatever was under way for it comes too late. Every other end may be followed, by a word that came with it. */
export const isLastWord = (message: unknown): message is Said & { readonly kind: 'end' } => {
  const said = message as { readonly kind?: unknown; readonly outcome?: unknown } | null;
  return said?.kind === 'end' && said.outcome === 'killed';
};

export interface Note {
  readonly kind: 'note';
  readonly about: 'limits' | 'idle' | Slip;
  readonly text: string;
}

/**
 * How a reply without tool calls can fall short. `cut`: it was longer than a reply may be. `empty`: it says nothing. `output`: the session's
 * output is missing.
 */
export type Slip = 'cut' | 'empty' | 'output';

export interface Reply {
  readonly kind: 'reply';
  readonly turn: number;
  /** In the words of the AI SDK, kept as they came: some providers want their own parts back unchanged. */
  readonly messages: readonly unknown[];
  readonly calls: readonly ToolCall[];
  /** Why it ended. `refused`: by the model's own rules of safety. */
  readonly finish: 'done' | 'cut' | 'refused';
  readonly model: ModelRef;
  readonly usage: Usage;
  /** Milliseconds before this turn in which the session was paused, or nobody ran it; missing in those of older versions. */
  readonly waited?: number;
  /** When it was kept, in milliseconds since 1970; missing in those of older versions. */
  readonly at?: number;
  /** Names what the worktree held then, commits and uncommitted files; missing where nobody looked. */
  readonly work?: string;
}

/** Tokens of a model call; a sum of the four is what the provider counted. */
export interface Usage {
  /** Read anew. */
  readonly input: number;
  readonly output: number;
  /** Read from the provider's cache of prompts, and put into it. */
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

export interface ToolCall {
  readonly id: string;
  readonly tool: string;
  readonly input: unknown;
}

export interface ToolResult {
  readonly kind: 'result';
  readonly turn: number;
  /** Position of its call in the reply. */
  readonly call: number;
  readonly id: string;
  readonly tool: string;
  readonly text: string;
  /** `mistake`: the model can correct it. `fatal`: the session ends. `skipped`: not run, because a message came first. */
  readonly how: 'ok' | 'mistake' | 'fatal' | 'skipped';
}

/** Keys of a session's entries. */
export const entryKey = {
  start: 'start',
  again: (run: string): string => `again/${run}`,
  turn: (turn: number): string => `turn/${turn}`,
  end: (turn: number): string => `end/${turn}`,
  result: (turn: number, call: number): string => `turn/${turn}/${call}`,
} as const;
