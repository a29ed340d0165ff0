// Which queue, which limits: the options of every kind of activity, from the table of timeouts. Retried until it works: an outage is
// waited out, and what must not be repeated is thrown as non-retryable.
import type { ActivityOptions } from '@temporalio/common';
import { hostQueue, modelQueue } from '../contracts/queues.ts';
import { RETRY, TIMEOUTS } from '../contracts/timeouts.ts';

const options = (startToCloseTimeout: number, taskQueue?: string): ActivityOptions => ({
  startToCloseTimeout,
  heartbeatTimeout: TIMEOUTS.heartbeat,
  retry: RETRY,
  ...(taskQueue === undefined ? {} : { taskQueue }),
});

/** Summaries of what every coordinator does, for Temporal's UI; others say what was decided. */
export const KEEP_TYPED = 'keep what was typed';
export const CLEAN_UP = 'clean up after a kill';
export const CHILDREN_CLEAN_UP = 'wait for the clean-up of what it has started';

export const GENERAL: ActivityOptions = options(TIMEOUTS.general);
export const turnOn = (host: string): ActivityOptions => options(TIMEOUTS.model, modelQueue(host));
export const workOn = (host: string): ActivityOptions => options(TIMEOUTS.work, hostQueue(host));
export const commandOn = (host: string): ActivityOptions => options(TIMEOUTS.command, hostQueue(host));
export const reapOn = (host: string): ActivityOptions => ({
  ...options(TIMEOUTS.general, hostQueue(host)),
  scheduleToStartTimeout: TIMEOUTS.reapQueued,
});
