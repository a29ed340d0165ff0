// Polls a repository for as long as somebody wants to know of it. A loop and no schedule, because how long it pauses follows from what the last
// poll has met: an outage, a quota that runs low. No rule, no clock, no I/O.
import { condition, continueAsNew, proxyActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { PollActivities, PollInput } from '../contracts/poll.ts';
import { GENERAL } from './activity-options.ts';
import { listen } from './ears.ts';

const { pollRepository } = proxyActivities<PollActivities>(GENERAL);

export async function poll(input: PollInput): Promise<string> {
  const ears = listen(false);
  for (;;) {
    ears.typed.length = 0; // a poll reads nothing
    if (ears.paused) {
      setCurrentDetails('**Paused**: nothing is asked');
      await condition(() => !ears.paused);
    }
    ears.look();
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof poll>(input);
    const { owner, repo } = input.repository;
    const next = await pollRepository.executeWithOptions({ ...GENERAL, summary: `ask what is new in ${owner}/${repo}` }, [input]);
    setCurrentDetails(next.because);
    if (next.kind === 'end') {
      if (ears.unseen === 0) return next.because;
    } else {
      await condition(() => ears.unseen > 0, `${next.seconds} seconds`, { summary: 'until it asks again' });
    }
  }
}
