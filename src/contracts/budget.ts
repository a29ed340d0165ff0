// What a task may spend with all that it starts. Over that it asks before it spends more.

export interface Budget {
  /** Replies of models. */
  readonly turns: number;
  /** Minutes of work of its sessions, added up: those that work side by side count each. */
  readonly minutes: number;
  /** Input and output together. */
  readonly tokens: number;
  /** US dollars, of the models whose price is known. */
  readonly usd: number;
}

export const BUDGETED = ['turns', 'minutes', 'tokens', 'usd'] as const satisfies readonly (keyof Budget)[];

/** Enough for the longest plan (three rounds of review, and failed checks after it) at the usual length of its sessions. */
export const DEFAULT_TASK_BUDGET: Budget = { turns: 2_000, minutes: 1_440, tokens: 50_000_000, usd: 100 };

/** The same, so many times. */
export const times = ({ turns, minutes, tokens, usd }: Budget, count: number): Budget => ({
  turns: turns * count,
  minutes: minutes * count,
  tokens: tokens * count,
  usd: usd * count,
});
