// Which queue, which limits: the options of every kind of activity, from the table of timeouts. Retried until it works: an outage is
// waited out, and what must not be repeated is thrown as non-retryable.
import type { ActivityOptions } from '@temporalio/common';
import { hostQueue, MODEL_QUEUE } from '../contracts/queues.ts';
import { RETRY, TIMEOUTS } from '../contracts/timeouts.ts';

const options = (startToCloseTimeout: number, taskQueue?: string): ActivityOptions => ({
  startToCloseTimeout,
  heartbeatTimeout: TIMEOUTS.heartbeat,
  retry: RETRY,
  ...(taskQueue === undefined ? {} : { taskQueue }),
});

export const GENERAL: ActivityOptions = options(TIMEOUTS.general);
export const MODEL: ActivityOptions = options(TIMEOUTS.model, MODEL_QUEUE);
export const quickToolsOn = (host: string): ActivityOptions => options(TIMEOUTS.quickTools, hostQueue(host));
export const commandOn = (host: string): ActivityOptions => options(TIMEOUTS.command, hostQueue(host));
export const reapOn = (host: string): ActivityOptions => ({
  ...options(TIMEOUTS.general, hostQueue(host)),
  scheduleToStartTimeout: TIMEOUTS.reapQueued,
});
