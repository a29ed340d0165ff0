// Words that one party leaves for another. A signal only says "look": what is said is a row, written before the signal is sent.

/** What a row of mail wants. Answers and approvals come in through the outbox and name the item that they are about. */
export type MailKind = 'steer' | 'tell' | 'pause' | 'resume' | 'answer' | 'approve' | 'reject' | 'confirm' | 'note';

/** Sender of what we tell a session ourselves: of nothing but it. */
export const OURSELVES = 'Signalbox';

export interface NewMail {
  /** Chosen by the sender and unique for ever: the same id posted again is the same mail. */
  readonly id: string;
  /** The mailbox: the id of a workflow. */
  readonly to: string;
  readonly from: string;
  readonly kind: MailKind;
  /** Any JSON. */
  readonly body: unknown;
  /** Wants to be seen by the running session, not at the next natural break. */
  readonly urgent?: boolean;
  /** Milliseconds since 1970; not delivered after that. */
  readonly expiresAt?: number;
  /** The outbox item or the commit that it is about. */
  readonly about?: string;
}

export interface Mail extends NewMail {
  readonly urgent: boolean;
  readonly postedAt: number;
  /** The record that acted on it; until it is there, the mail is unseen. */
  readonly actedBy?: string;
  /** Why it went back to its sender. */
  readonly returnedBecause?: string;
}

/** `undelivered`: the mailbox is closed; the row is kept with the reason. `reopened`: this mail opened it again, so its owner has to be woken. */
export type PostOutcome =
  { readonly state: 'posted'; readonly reopened: boolean } | { readonly state: 'undelivered'; readonly because: string };

export type CloseOutcome = { readonly state: 'closed' } | { readonly state: 'unseen'; readonly mail: readonly Mail[] };
