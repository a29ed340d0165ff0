// The tables as the newest migration leaves them. Times are milliseconds since 1970, flags are 0 or 1, `*Json` columns hold JSON text:
// what SQLite and PostgreSQL both keep without conversion. Nothing here is a status that can be derived from the other columns.
import type { Generated } from 'kysely';

export interface Database {
  effects: EffectRow;
  mail: MailRow;
  closedMailboxes: ClosedMailboxRow;
  outbox: OutboxRow;
  decisions: DecisionRow;
  messages: MessageRow;
  blobs: BlobRow;
  sources: SourceRow;
  events: EventRow;
  pauses: PauseRow;
}

/** The ledger: one row an effect, kept as long as its key may come again. */
export interface EffectRow {
  key: string;
  kind: string;
  class: string;
  targetJson: string;
  /** Number of the newest attempt; it fences older ones. */
  attempt: number;
  leaseUntil: number;
  /** The process of the newest attempt, where that is known. */
  holder: string | null;
  /** Null until the effect has ended. */
  outcomeJson: string | null;
  settledAt: number | null;
  settledAttempt: number | null;
  /** 1 where more than one attempt may have acted, until a sweep has looked. */
  sweepDue: number;
}

export interface MailRow {
  seq: Generated<number>;
  id: string;
  recipient: string;
  sender: string;
  kind: string;
  bodyJson: string;
  about: string | null;
  urgent: number;
  postedAt: number;
  expiresAt: number | null;
  actedAt: number | null;
  actedBy: string | null;
  returnedAt: number | null;
  returnedBecause: string | null;
}

/** A mailbox without a row is open: mail may come before its owner has started. */
export interface ClosedMailboxRow {
  address: string;
  closedAt: number;
}

export interface OutboxRow {
  id: string;
  askedBy: string;
  question: string;
  acceptsJson: string;
  about: string | null;
  askedAt: number;
  /** The mail that carries the first answer. */
  answerMail: string | null;
  withdrawnAt: number | null;
  withdrawnBecause: string | null;
}

export interface DecisionRow {
  workflow: string;
  seq: number;
  attempt: number;
  rule: string;
  because: string;
  actionJson: string;
  facts: string;
  at: number;
}

export interface MessageRow {
  session: string;
  seq: number;
  key: string;
  messageJson: string;
  at: number;
}

export interface BlobRow {
  digest: string;
  bytes: Uint8Array;
  size: number;
  at: number;
}

export interface SourceRow {
  workspace: string;
  source: string;
  generation: number;
  beganAt: number;
  endedAt: number | null;
  outcome: string | null;
}

export interface EventRow {
  seq: Generated<number>;
  kind: string;
  subject: string;
  bodyJson: string;
  at: number;
}

export interface PauseRow {
  name: string;
  until: number;
  because: string;
}
