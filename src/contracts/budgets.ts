// What may go through Temporal's histories. They carry references; content is in the store. Going over is a bug, so it fails at once
// and is not retried (the server's own limit, 2 MiB, is retried for ever and ends in a terminated workflow).

/** Most bytes of one argument, result or signal that we send. */
export const PAYLOAD_BYTES = 32 * 1024;
/** Goal for one turn of a session, everything counted; asserted by a test over many turns. */
export const TURN_HISTORY_BYTES = 2 * 1024;
/** Failure type of a payload over the budget. */
export const PAYLOAD_TOO_LARGE = 'PayloadTooLarge';
