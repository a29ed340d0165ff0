// Every time limit towards Temporal, in one table, each with its reason. Chosen so that a killed worker costs at most 3 s (p95) until
// the next progress: 1.0 to 1.5 s until the missing heartbeat is noticed, 0.1 s until the retry; or 0.5 s for a workflow task that was
// queued for the dead worker, 1.5 s for one that it had taken. All values are milliseconds; docs/operations.md has the table for operators.
export const TIMEOUTS = {
  /** An activity without a heartbeat for this long is given to another worker. Shorter, and a busy machine starts second attempts. */
  heartbeat: 1_500,
  /** How often activities heartbeat. Each is a write of the server's; one may be late by a second. Cancellation reaches them with the answer. */
  heartbeatEvery: 500,
  /** Pause before the first retry; Temporal's second would be a third of what a kill may cost. */
  retryFirst: 100,
  /** Longest pause between retries: an outage of an hour ends within this time after it is over. */
  retryMost: 30_000,
  /** A workflow task waits this long for the worker that has the workflow cached before any worker gets it. */
  sticky: 500,
  /**
   * A workflow task without an answer is given to another worker. Ours take milliseconds. A replay that does not fit, on a busy machine, is
   * no loop: from the fourth attempt on the server adds 5 s and more.
   */
  workflowTask: 1_500,
  /** One attempt of an activity that only reads or writes the store and the forge. */
  general: 60_000,
  /** One attempt of quick tools and a model call. Its own stall limit ends that much earlier; this is for a call that hangs beyond all reason. */
  model: 30 * 60_000,
  /** One attempt of a coordinator's own work on a host: git, checks, handing over. */
  work: 5 * 60_000,
  /** One attempt to attend to a command; the job has its own, shorter limit. */
  command: 24 * 60 * 60_000,
  /** How long a killed session waits for its host to reap; a host that is down reaps when it starts. */
  reapQueued: 30_000,
  /** SIGTERM of a worker: running activities may finish for this long, then they are cancelled … */
  shutdownGrace: 5_000,
  /** … and after this long the worker ends anyway. Commands are jobs of the host and are not touched. */
  shutdownForce: 10_000,
  /** `kill` waits this long for a workflow's own clean-up, then it terminates it. */
  killAnswered: 15_000,
} as const;

/** Doubling from the first pause to the longest, for ever: an outage is waited out, limits are the policies' business. */
export const RETRY = { initialInterval: TIMEOUTS.retryFirst, backoffCoefficient: 2, maximumInterval: TIMEOUTS.retryMost } as const;
