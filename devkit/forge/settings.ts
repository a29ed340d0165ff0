// How this forge behaves. The defaults are what real forges do to their clients; `undelayed` is for quick tests.

/** A span of milliseconds; each occasion draws its own delay from it. */
export type Span = readonly [least: number, most: number];

export interface Settings {
  readonly dataDirectory: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Without a sandbox, the commands of CI run with all the rights of the forge. */
  readonly sandboxed: boolean;
  /** Webhooks may go to other machines than this one. */
  readonly webhooksAnywhere: boolean;
  /** Makes the random choices (delays, doubles, losses) the same in each run. */
  readonly seed: number;
  readonly delays: Delays;
  readonly limits: Limits;
}

export interface Delays {
  /** From a push, or a move of the base, until `mergeable` is known; GitHub and Gitea: 20 ms to 4 s. */
  readonly mergeability: Span;
  /** From a push until its checks appear. */
  readonly checks: Span;
  /** How old an answer to a list may be. */
  readonly lists: Span;
  /** From an event until its webhook is sent; differing delays put webhooks out of order. */
  readonly webhooks: Span;
  /** Shares (0 to 1) of webhooks that are sent twice, and never. */
  readonly webhooksDoubled: number;
  readonly webhooksLost: number;
  /** How long a merge without `sha` looks at old facts, so that two at once can both succeed. */
  readonly mergeRace: Span;
}

export interface Limits {
  /** Requests an hour and token (GitHub: 5,000). */
  readonly requestsPerHour: number;
  /** Requests an hour of an address without a token (GitHub: 60). */
  readonly anonymousPerHour: number;
  /** Searches a minute and token (GitHub: 30), of an address without a token (10), and for code (10). */
  readonly searchesPerMinute: number;
  readonly anonymousSearchesPerMinute: number;
  readonly codeSearchesPerMinute: number;
  /** Requests that create content, a minute and token (GitHub: 80); more is a secondary limit. */
  readonly contentPerMinute: number;
  /** Requests of one token under way at once (GitHub: 100); more is a secondary limit. */
  readonly concurrentRequests: number;
  /** Of the body of an API request, in bytes. */
  readonly bodyBytes: number;
  /** Of a push, in bytes (GitHub: 2 GB). */
  readonly pushBytes: number;
  /** Of a job of CI, unless its workflow gives less. */
  readonly jobMinutes: number;
  /** Jobs of CI that run at once; the others wait, queued. */
  readonly jobsAtOnce: number;
  /** How long a minute lasts in the settings of merge queues, in ms: GitHub has none below one minute, and tests do not wait that long. */
  readonly queueMinuteMs: number;
  /** Processes and threads of one job, and its memory in bytes; a job that has more is ended. */
  readonly jobProcesses: number;
  readonly jobMemoryBytes: number;
  /** What is kept of a job's output, in bytes. */
  readonly logBytes: number;
}

export const REALISTIC: Delays = {
  mergeability: [1_000, 4_000],
  checks: [1_000, 3_000],
  lists: [0, 2_000],
  webhooks: [100, 2_000],
  webhooksDoubled: 0.05,
  webhooksLost: 0.02,
  mergeRace: [50, 200],
};

export const UNDELAYED: Delays = {
  mergeability: [0, 0],
  checks: [0, 0],
  lists: [0, 0],
  webhooks: [0, 0],
  webhooksDoubled: 0,
  webhooksLost: 0,
  mergeRace: [0, 0],
};

export const LIMITS: Limits = {
  requestsPerHour: 5_000,
  anonymousPerHour: 60,
  searchesPerMinute: 30,
  anonymousSearchesPerMinute: 10,
  codeSearchesPerMinute: 10,
  contentPerMinute: 80,
  concurrentRequests: 100,
  bodyBytes: 10 * 1024 * 1024,
  pushBytes: 512 * 1024 * 1024,
  jobMinutes: 10,
  jobsAtOnce: 4,
  queueMinuteMs: 60_000,
  jobProcesses: 1_000,
  jobMemoryBytes: 4 * 1024 ** 3,
  logBytes: 4 * 1024 * 1024,
};

/** In undelayed mode tests create content faster than a person's token may. */
export const UNDELAYED_LIMITS: Limits = {
  ...LIMITS,
  requestsPerHour: 1_000_000,
  anonymousPerHour: 1_000_000,
  searchesPerMinute: 1_000_000,
  anonymousSearchesPerMinute: 1_000_000,
  codeSearchesPerMinute: 1_000_000,
  contentPerMinute: 1_000_000,
};
