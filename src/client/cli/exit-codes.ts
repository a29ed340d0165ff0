// What the command line's exit code says; documented in docs/operations.md.
export const EXIT = {
  done: 0,
  /** The command could not do what it was asked for; the message says what to do. */
  refused: 1,
  /** A fault of Signalbox, or of what it talks to; SIGNALBOX_LOG_LEVEL=debug shows where. */
  broken: 2,
  /** Nothing to talk to: `signalbox up` has not run, or the server is away. */
  unavailable: 3,
  /** There is no such task or session. */
  unknown: 4,
} as const;
