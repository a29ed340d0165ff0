// What was said in a session. The store keeps it; histories carry only positions.

/** The messages that one step of a session adds, all or none. */
export interface NewEntry {
  readonly session: string;
  /** Unique in the session, e.g. "turn/7" or "turn/7/call_abc": the same step retried adds nothing, and is told what is there. */
  readonly key: string;
  /** Any JSON; at least one. */
  readonly messages: readonly unknown[];
  /** What whoever watches is told of it. Default: a turn, with nothing but the key. */
  readonly event?: { readonly kind: 'turn' | 'tool.ended'; readonly body: Readonly<Record<string, unknown>> };
  /** It goes on, though it was killed: another run of its workflow has begun. */
  readonly reopens?: boolean;
  /** Mail that these messages have acted on. Marked in the same transaction, and only if this attempt's messages are the ones kept. */
  readonly acted?: readonly string[];
}

export interface Entry {
  /** Position of the first of its messages, from 1. */
  readonly seq: number;
  readonly key: string;
  readonly messages: readonly unknown[];
}

/** `added` is false when an earlier attempt had added the entry; then it is that one's. Also when the session was killed before: then it is nowhere. */
export type AppendOutcome = Entry & { readonly added: boolean };
