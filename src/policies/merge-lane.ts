// What the merge lane does next. It has one wish before it: the oldest that is not waiting for the forge, so that one that waits holds
// up nobody but those that change the same files. Read from top to bottom: that is the whole behaviour. What the facts mean is in
// merge-lane-facts.ts.
import type { MergeLaneAction } from '../contracts/merge-lane.ts';
import { verdictOf } from './gates.ts';
import { about, isEnded, missing, refusalOf, resultOf, saying, settling, subject, type MergeLaneFacts } from './merge-lane-facts.ts';
import { MERGE_QUEUE_ENDS, MERGE_QUEUE_FOLLOWED, MERGE_QUEUE_TAKES } from './merge-lane-queue.ts';
import { always, policy } from './policy.ts';
import { LOOK_AGAIN_MINUTES, whyRefused } from './refusal.ts';

const DAY_S = 24 * 60 * 60;
/** How often a forge is asked again that computes, or whose CI runs. */
const FORGE_S = 5;

export const mergeLanePolicy = policy<MergeLaneFacts, MergeLaneAction>(
  {
    id: 'nothing-asked',
    when: ({ wishes }) => wishes.length === 0,
    because: () => 'Nobody wants anything merged.',
    then: () => ({ kind: 'wait', forWhom: 'request', atMostSeconds: DAY_S }),
  },
  {
    // Its owner is refused as well, and asks a person; a merge that may have begun is looked up when the forge answers again.
    id: 'forge-refuses',
    when: about(({ refusal, merge, enqueued }) => refusal !== null && merge === 'not begun' && enqueued === 'not begun'),
    because: saying(({ number, refusal }) => `#${number} is not merged. ${refusal === null ? '' : whyRefused(refusal)}`),
    then: settling(({ refusal }) => ({ state: 'refused', because: refusal === null ? '' : whyRefused(refusal) })),
  },
  {
    id: 'outcome-unseen',
    when: about(({ refusal }) => refusal !== null),
    because: saying(({ number, refusal }) => `What became of #${number} is not to be seen. ${refusal === null ? '' : whyRefused(refusal)}`),
    then: () => ({ kind: 'wait', forWhom: 'forge', atMostSeconds: LOOK_AGAIN_MINUTES * 60 }),
  },
  {
    id: 'merged',
    when: about(({ merge }) => isEnded(merge) && merge.state === 'done'),
    because: saying(({ number, head }) => `#${number} is merged at ${head}.`),
    then: settling(({ merge }) => ({ state: 'merged', ...resultOf(merge) })),
  },
  ...MERGE_QUEUE_ENDS,
  {
    id: 'merged-by-others',
    when: about(({ now, merge }) => now.state === 'merged' && merge !== 'begun'),
    because: saying(({ number, now }) => `#${number} was merged by ${now.merged?.by ?? 'others'}, not by this lane.`),
    then: settling(({ now }) => ({ state: 'merged by others', sha: now.merged?.sha ?? '', by: now.merged?.by ?? '' })),
  },
  {
    id: 'merge-unrecorded',
    when: about(({ now }) => now.state === 'merged'),
    because: saying(({ number }) => `#${number} is merged, and a merge of ours had begun: whose it is will be looked up.`),
    then: merging(),
  },
  {
    id: 'merge-refused',
    when: about(({ merge }) => isEnded(merge)),
    because: saying(({ number, merge }) => `#${number} was not merged: ${refusalOf(merge)}`),
    then: settling(({ merge }) => ({ state: 'refused', because: refusalOf(merge) })),
  },
  {
    id: 'closed',
    when: about(({ now }) => now.state === 'closed'),
    because: saying(({ number }) => `#${number} is closed.`),
    then: settling(() => ({ state: 'refused', because: 'The request is closed.' })),
  },
  ...MERGE_QUEUE_FOLLOWED,
  {
    id: 'waited-too-long',
    when: about(({ gates, overdue }) => verdictOf(gates).state === 'pending' && overdue),
    because: saying(({ number, gates }) => `#${number} has waited too long. ${missing(gates)}`),
    then: settling(({ gates }) => ({ state: 'refused', because: `Waited too long. ${missing(gates)}` })),
  },
  {
    id: 'gate-pending',
    when: about(({ gates }) => verdictOf(gates).state === 'pending'),
    because: saying(({ number, gates }) => `#${number} waits. ${missing(gates)}`),
    then: () => ({ kind: 'wait', forWhom: 'forge', atMostSeconds: FORGE_S }),
  },
  ...MERGE_QUEUE_TAKES,
  {
    id: 'all-gates-pass',
    when: always,
    because: saying(({ number, head }) => `Every gate of #${number} passes for ${head}.`),
    then: merging(),
  },
);

function merging(): (facts: MergeLaneFacts) => MergeLaneAction {
  return (facts) => {
    const { id, proof } = subject(facts);
    return { kind: 'merge', key: id, ask: id, proof };
  };
}
