// A process that does one effect once, as a worker would. At a point that it is told it stops, says so, and goes on only when told.
import { once as nextEvent } from 'node:events';
import { createOnce } from '../../../src/activities/effects/once.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { installationKey, untilDone, type Job, type Point } from './attempts.ts';

const job = JSON.parse(process.argv[2] ?? '') as Job;

async function reach(point: Point): Promise<void> {
  if (point !== job.stopAt) return;
  process.send?.({ reached: point });
  await nextEvent(process, 'message');
}

const store = await openStore({ path: job.path });
const watched: Pick<Store, 'ledger' | 'redacted'> = {
  redacted: store.redacted,
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
const once = createOnce({ store: watched, installationKey, leaseMarginMs: job.leaseMarginMs });

process.send?.({ outcome: await untilDone(once, job) });
await store.close();
process.disconnect();
