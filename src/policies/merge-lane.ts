// What the merge lane does next. It has one wish before it: the oldest that is not waiting for the forge, so that one that waits holds
// up nobody but those that change the same files. Read from top to bottom: that is the whole behaviour.
import type { EffectOutcome } from '../contracts/effect.ts';
import type { MergeLaneAction, MergeOutcome, MergeResult } from '../contracts/merge-lane.ts';
import type { Gate } from '../contracts/proof.ts';
import type { Refusal } from '../contracts/refusal.ts';
import { verdictOf } from './gates.ts';
import { always, policy } from './policy.ts';
import { LOOK_AGAIN_MINUTES, whyRefused } from './refusal.ts';

/** A wish with fresh facts. */
export interface WishFacts {
  readonly id: string;
  readonly number: number;
  readonly head: string;
  readonly now: {
    readonly state: 'open' | 'closed' | 'merged';
    readonly head: string;
    readonly merged: { readonly sha: string; readonly by: string } | null;
  };
  readonly gates: readonly Gate[];
  /** Paths that it changes. */
  readonly files: readonly string[];
  /** Digest of the proof record that these facts give. */
  readonly proof: string;
  /** How far the merge has come: not claimed, under way (or dead on the way), ended. */
  readonly merge: 'not begun' | 'begun' | EffectOutcome<MergeResult>;
  /** Why the forge shows nothing of it; null where it does. */
  readonly refusal: Refusal | null;
  /** Whether it has waited for the forge for longer than forges take. */
  readonly overdue: boolean;
}

export interface MergeLaneFacts {
  /** Oldest first, up to the first that has its turn. */
  readonly wishes: readonly WishFacts[];
}

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
    when: about(({ refusal, merge }) => refusal !== null && merge === 'not begun'),
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
  {
    id: 'head-moved',
    when: about(({ head, now }) => now.head !== head),
    because: saying(({ number, head, now }) => `#${number} was to be merged at ${head}, and its head is ${now.head} now.`),
    then: settling(({ now }) => ({ state: 'refused', because: `The head has moved to ${now.head}.` })),
  },
  {
    id: 'gate-unmet',
    when: about(({ gates }) => verdictOf(gates).state === 'unmet'),
    because: saying(({ number, gates }) => `#${number} is not merged. ${missing(gates)}`),
    then: settling(({ gates }) => ({ state: 'refused', because: missing(gates) })),
  },
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
  {
    id: 'all-gates-pass',
    when: always,
    because: saying(({ number, head }) => `Every gate of #${number} passes for ${head}.`),
    then: merging(),
  },
);

/** Whether a wish has to wait for the forge, so that the one behind it may go first. */
export const waitsForForge = ({ now, head, merge, gates, overdue, refusal }: WishFacts): boolean =>
  refusal === null &&
  merge === 'not begun' &&
  now.state === 'open' &&
  now.head === head &&
  verdictOf(gates).state === 'pending' &&
  !overdue;

/** Whether a wish has its turn. One that changes files of an older one that waits would leave that in conflict, so it waits behind it. */
export const hasItsTurn = (wish: WishFacts, older: readonly WishFacts[]): boolean =>
  !waitsForForge(wish) &&
  !(isToMerge(wish) && older.some((one) => waitsForForge(one) && one.files.some((file) => wish.files.includes(file))));

const isToMerge = ({ merge, now, head, gates }: WishFacts): boolean =>
  merge === 'not begun' && now.state === 'open' && now.head === head && verdictOf(gates).state === 'passed';

/** The wish that the decision is about. */
function subject({ wishes }: MergeLaneFacts): WishFacts {
  const wish = wishes.find((one, at) => hasItsTurn(one, wishes.slice(0, at))) ?? wishes[0];
  if (wish === undefined) throw new Error('a rule about a wish was asked without one');
  return wish;
}

function about(when: (wish: WishFacts) => boolean): (facts: MergeLaneFacts) => boolean {
  return (facts) => when(subject(facts));
}

function saying(say: (wish: WishFacts) => string): (facts: MergeLaneFacts) => string {
  return (facts) => say(subject(facts));
}

function settling(outcomeOf: (wish: WishFacts) => MergeOutcome): (facts: MergeLaneFacts) => MergeLaneAction {
  return (facts) => {
    const wish = subject(facts);
    return { kind: 'settle', ask: wish.id, outcome: outcomeOf(wish), proof: wish.proof };
  };
}

function merging(): (facts: MergeLaneFacts) => MergeLaneAction {
  return (facts) => {
    const { id, proof } = subject(facts);
    return { kind: 'merge', key: id, ask: id, proof };
  };
}

type Merge = WishFacts['merge'];
const isEnded = (merge: Merge): merge is EffectOutcome<MergeResult> => typeof merge !== 'string';

function resultOf(merge: Merge): MergeResult {
  if (!isEnded(merge) || merge.state !== 'done') throw new Error('a merge that was not done has no result');
  return merge.result;
}

const refusalOf = (merge: Merge): string => (isEnded(merge) && merge.state === 'refused' ? merge.because : '');

function missing(gates: readonly Gate[]): string {
  const verdict = verdictOf(gates);
  return verdict.state === 'passed' ? '' : verdict.because;
}
