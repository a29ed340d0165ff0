// A process that does one effect once, as a worker would. At a point that it is told it stops, says so, and goes on only when told.
import { once as nextEvent } from 'node:events';
import { setTimeout as pass } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { createOnce } from '../../../src/activities/effects/once.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Store } from '../../../src/store/store.ts';
import type { Job, Point } from './attempts.ts';
import { effectOf } from './effects.ts';

const job = JSON.parse(process.argv[2] ?? '') as Job;

async function reach(point: Point): Promise<void> {
  if (point !== job.stopAt) return;
  process.send?.({ reached: point });
  await nextEvent(process, 'message');
}

const store = await openStore({ path: job.path });
const watched: Pick<Store, 'ledger'> = {
  ledger: {
    ...store.ledger,
    claim: async (input) => {
      await reach('before the claim');
      const outcome = await store.ledger.claim(input);
      if (outcome.state === 'claimed') await reach('claimed');
      return outcome;
    },
    settle: async (input) => {
      await reach('acted');
      const outcome = await store.ledger.settle(input);
      await reach('recorded');
      return outcome;
    },
  },
};
const once = createOnce({ store: watched, installationKey: new Uint8Array(32), leaseMarginMs: job.leaseMarginMs });

/** What Temporal does: another attempt after a retryable failure, when it says. */
async function retried(): Promise<unknown> {
  try {
    return await once(job.key, effectOf(job.effectClass, job.target));
  } catch (error) {
    if (!(error instanceof ApplicationFailure) && !(error instanceof TypeError)) throw error;
    await pass(error instanceof ApplicationFailure ? Number(error.nextRetryDelay ?? 50) : 50);
    return retried();
  }
}

process.send?.({ outcome: await retried() });
await store.close();
process.disconnect();
