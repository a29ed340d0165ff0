// The messages of a session's transcript, as the store keeps them (contracts/transcript.ts has the entries that they come in).
// Append-only: what a model was once sent is never changed, so the prefix of a session's prompts stays byte-equal.

export type Said =
  | { readonly kind: 'prompt'; readonly text: string; readonly at: number }
  /** Mail that the next reply has seen. */
  | { readonly kind: 'mail'; readonly from: string; readonly text: string }
  /** What we tell the model ourselves: a limit that comes near. */
  | { readonly kind: 'note'; readonly about: 'limits'; readonly text: string }
  | Reply
  | ToolResult
  | { readonly kind: 'end'; readonly outcome: string; readonly rule: string; readonly because: string };

export interface Reply {
  readonly kind: 'reply';
  readonly turn: number;
  /** In the words of the AI SDK, kept as they came: some providers want their own parts back unchanged. */
  readonly messages: readonly unknown[];
  readonly calls: readonly ToolCall[];
  readonly tokens: number;
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
  turn: (turn: number): string => `turn/${turn}`,
  end: (turn: number): string => `end/${turn}`,
  result: (turn: number, call: number): string => `turn/${turn}/${call}`,
} as const;
