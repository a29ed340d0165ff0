// Why a workflow did what it did: one row a decision, with the digest of the facts that were seen.

export interface NewTraceEntry {
  readonly workflow: string;
  /** Number of the decision within the workflow, over all its runs. */
  readonly seq: number;
  /** Attempt of the activity that decided. The highest one's decision is kept: it is the one in the history. */
  readonly attempt: number;
  readonly rule: string;
  readonly because: string;
  /** JSON. */
  readonly action: unknown;
  /** JSON; kept once for each digest. */
  readonly facts: unknown;
}

export interface TraceEntry {
  readonly workflow: string;
  readonly seq: number;
  readonly rule: string;
  readonly because: string;
  readonly action: unknown;
  /** Digest under which the store's blobs have the facts as JSON. */
  readonly facts: string;
  readonly at: number;
}
