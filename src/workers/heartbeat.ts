// Every activity heartbeats for as long as it runs, from a timer: progress may take its time, a dead worker is noticed soon, and
// cancellation comes with the answer.
import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { TIMEOUTS } from '../contracts/timeouts.ts';

export const heartbeating = (context: Context): { inbound: ActivityInboundCallsInterceptor } => ({
  inbound: {
    async execute(input, next) {
      const timer = setInterval(() => context.heartbeat(), TIMEOUTS.heartbeatEvery);
      try {
        return await next(input);
      } finally {
        clearInterval(timer);
      }
    },
  },
});
