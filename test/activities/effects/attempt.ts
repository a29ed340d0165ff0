// A process that does effects once, side by side, as a worker would. At a point that it is told each stops, says so, and goes on only when told.
import { once as nextEvent } from 'node:events';
import { createOnce } from '../../../src/activities/effects/once.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { installationKey, untilDone, type Job, type Point } from './attempts.ts';

const jobs = JSON.parse(process.argv[2] ?? '') as readonly Job[];
const [first] = jobs;
if (first === undefined) throw new Error('there is nothing to do');
process.setMaxListeners(jobs.length + 10); // each that stops waits for the word to go on
const store = await openStore({ path: first.path });

async function reach({ key, stopAt }: Job, point: Point): Promise<void> {
  if (point !== stopAt) return;
  process.send?.({ what: 'reached', key, value: point });
  await nextEvent(process, 'message');
}

const watched = (job: Job): Pick<Store, 'ledger' | 'redacted'> => ({
  redacted: store.redacted,
  ledger: {
    ...store.ledger,
    claim: async (input) => {
      await reach(job, 'before the claim');
      const outcome = await store.ledger.claim(input);
      if (outcome.state === 'claimed') await reach(job, 'claimed');
      return outcome;
    },
    settle: async (input) => {
      await reach(job, 'acted');
      const outcome = await store.ledger.settle(input);
      await reach(job, 'recorded');
      return outcome;
    },
  },
});

await Promise.all(
  jobs.map(async (job) => {
    const once = createOnce({ store: watched(job), installationKey, leaseMarginMs: job.leaseMarginMs });
    process.send?.({ what: 'outcome', key: job.key, value: await untilDone(once, job) });
  }),
);
await store.close();
process.disconnect();
