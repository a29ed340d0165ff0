// What a person tells a task that acts by rule; any other words are for its sessions.
import type { Phase } from './plan.ts';

export type Directive =
  | { readonly kind: 'skip'; readonly phase: Phase }
  /** Nothing new is begun until `resume`. */
  | { readonly kind: 'hold' }
  | { readonly kind: 'resume' }
  /** Understood, and declined: there is no queue yet that it could change the order of. */
  | { readonly kind: 'priority'; readonly to: number }
  /** Says yes to the one question that waits. */
  | { readonly kind: 'approve' };

/** A directive in the mailbox that nobody has acted on. */
export interface Told {
  readonly mail: string;
  readonly by: string;
  readonly directive: Directive;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** One that was followed, or was not and why: the result of its row in the ledger. */
export interface Heeded {
  readonly by: string;
  readonly directive: Directive;
  /** Null where it was followed. */
  readonly declined: string | null;
}
