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
  chains: ChainRow;
  custody: CustodyRow;
  aftermath: AftermathRow;
  checkpoints: CheckpointRow;
  checks: CheckRow;
  merges: MergeRow;
  mergeLog: MergeLogRow;
  deliveries: DeliveryRow;
  triggers: TriggerRow;
  polls: PollRow;
  forgeCalls: ForgeCallRow;
  forgeQuotas: ForgeQuotaRow;
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
  seenAt: number | null;
  seenBy: string | null;
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
  /** Names what began it, where that may try again. */
  begunBy: string | null;
  begunAs: string | null;
  branch: string | null;
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

export interface CheckRow {
  seq: Generated<number>;
  id: string;
  repository: string;
  commitId: string;
  tree: string;
  kind: string;
  name: string;
  outcome: string;
  because: string;
  findings: string | null;
  session: string | null;
  evidence: string | null;
  at: number;
}

/** A wish for a merge. */
export interface MergeRow {
  seq: Generated<number>;
  id: string;
  lane: string;
  request: string;
  refJson: string;
  head: string;
  askedBy: string;
  contextJson: string;
  at: number;
  outcomeJson: string | null;
  settledAt: number | null;
}

export interface MergeLogRow {
  request: string;
  repository: string;
  number: number;
  head: string;
  sha: string;
  method: string | null;
  mergedBy: string;
  how: string;
  policyJson: string;
  proof: string;
  unmetJson: string;
  at: number;
}

/** A webhook that was accepted. */
export interface DeliveryRow {
  seq: Generated<number>;
  id: string;
  event: string;
  concernsJson: string;
  receivedAt: number;
  passedOnAt: number | null;
}

/** An event that was to start a task, and has been dealt with. */
export interface TriggerRow {
  id: string;
  outcome: string;
  because: string;
  task: string | null;
  at: number;
}

/** Where the poll of a repository stands. */
export interface PollRow {
  repository: string;
  cursorJson: string;
  /** In a row; 0 after one that succeeded. */
  failures: number;
  said: string;
  at: number;
  nextAt: number | null;
}

/** Calls of the forge's API in one hour. */
export interface ForgeCallRow {
  /** Milliseconds since 1970 at which it began. */
  hour: number;
  resource: string;
  calls: number;
  /** Of them, answered with "not modified": they cost no quota. */
  unchanged: number;
}

/** What the forge has said last of one of our hourly limits. */
export interface ForgeQuotaRow {
  resource: string;
  most: number;
  remaining: number;
  resetsAt: number;
  seenAt: number;
}

/** A task that starts when another one has merged. */
export interface ChainRow {
  task: string;
  after: string;
}

/** A word about who has a merge request in hand. */
export interface CustodyRow {
  seq: Generated<number>;
  request: string;
  generation: number;
  word: string;
  policy: string | null;
  task: string | null;
  saidBy: string;
  because: string;
  at: number;
}

/** Something that became of a merge. */
export interface AftermathRow {
  request: string;
  kind: string;
  what: string;
  title: string;
  author: string;
  at: number;
}

/** The newest checkpoint of a worktree. */
export interface CheckpointRow {
  worktree: string;
  takenFor: string;
  mirror: string;
  base: string;
  branch: string;
  head: string;
  work: string;
  bundle: Uint8Array;
  at: number;
}
