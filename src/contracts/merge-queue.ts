// The forge's own merge queue, as the merge lane uses it: where a base takes changes by its queue only, the lane puts a request there instead
// of merging it, and follows it until it is merged or has left.

/** What the queue shows of a request. */
export interface QueueFacts {
  /** Who we are there. */
  readonly us: string;
  /** Its place, whoever gave it that; null where it has none. */
  readonly entry: { readonly by: string; readonly position: number } | null;
  /** How often it was put there so far, and by whom last. */
  readonly added: { readonly times: number; readonly by: string | null };
  /** How it left last, in the forge's words; null where it never did. Times are the forge's. */
  readonly left: { readonly why: string; readonly by: string | null; readonly at: string } | null;
  /** Where CI of the queue has failed on it; null where that is not to be seen. */
  readonly failedAt: string | null;
}

/** Result of the effect that puts a request into the queue. `at`: by the forge's clock. */
export interface Enqueued {
  readonly by: string;
  readonly at: string;
}

/** What a request left a queue for: its owner goes on by it. */
export type LeftQueueFor = 'conflict' | 'checks' | 'person' | 'other';
