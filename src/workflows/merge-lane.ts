// Performs every merge of a repository, one at a time, for as long as there is a repository. No rule, no clock, no I/O: it applies recorded
// decisions.
import { condition, continueAsNew, proxyActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { MergeLaneAction, MergeLaneActivities, MergeLaneInput } from '../contracts/merge-lane.ts';
import { GENERAL } from './activity-options.ts';
import { listen } from './ears.ts';
import { show, waitingFor } from './show.ts';

const { assessMergeLane, mergeInLane, moveInQueue, settleMerge } = proxyActivities<MergeLaneActivities>(GENERAL);

const UNDERSTANDS: readonly MergeLaneAction['kind'][] = ['wait', 'merge', 'enqueue', 'dequeue', 'settle'];

export async function mergeLane({ repository, decisions: before, applied: last, paused }: MergeLaneInput): Promise<never> {
  const ears = listen(paused);
  let decisions = before;
  let applied = last;
  for (;;) {
    ears.typed.length = 0; // a lane has no session that would read
    if (ears.paused) {
      setCurrentDetails('**Paused**: nothing is merged');
      await condition(() => !ears.paused);
    }
    ears.look(); // before the snapshot, so that what happens while it is taken wakes us again
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof mergeLane>({ repository, decisions, applied, paused: ears.paused });

    const decision = await assessMergeLane.executeWithOptions({ ...GENERAL, summary: `decision ${++decisions}` }, [
      { repository, understands: UNDERSTANDS, decision: decisions, applied },
    ]);
    const { action, rule, because, facts } = decision;
    show(decision);

    if (action.kind === 'wait') {
      await condition(() => ears.unseen > 0, `${action.atMostSeconds} seconds`, { summary: waitingFor(action.forWhom, rule) });
    } else if (action.kind === 'merge') {
      applied = facts;
      await mergeInLane.executeWithOptions({ ...GENERAL, summary: `merge: ${because}` }, [{ repository, rule, action }]);
    } else if (action.kind === 'enqueue' || action.kind === 'dequeue') {
      applied = facts;
      await moveInQueue.executeWithOptions({ ...GENERAL, summary: `${action.kind}: ${because}` }, [{ repository, rule, action }]);
    } else {
      await settleMerge.executeWithOptions({ ...GENERAL, summary: `${action.outcome.state}: ${rule}` }, [{ repository, action }]);
    }
  }
}
