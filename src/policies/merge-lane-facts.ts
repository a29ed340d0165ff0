// What the merge lane decides by, and what follows from it: a wish for a merge with fresh facts, whose turn it is, how one is settled.
import type { EffectOutcome } from '../contracts/effect.ts';
import type { MergeLaneAction, MergeOutcome, MergeResult } from '../contracts/merge-lane.ts';
import type { Enqueued, QueueFacts } from '../contracts/merge-queue.ts';
import type { Gate } from '../contracts/proof.ts';
import type { Refusal } from '../contracts/refusal.ts';
import { verdictOf } from './gates.ts';

/** How far an effect has come: not claimed, under way (or dead on the way), ended. */
export type Progress<Result> = 'not begun' | 'begun' | EffectOutcome<Result>;

/** A wish with fresh facts. */
export interface WishFacts {
  readonly id: string;
  readonly number: number;
  readonly head: string;
  readonly now: {
    readonly state: 'open' | 'closed' | 'merged';
    readonly head: string;
    readonly merged: { readonly sha: string; readonly by: string } | null;
    /** `queue`: whether it takes changes by the forge's merge queue only. */
    readonly base: { readonly branch: string; readonly commit: string; readonly queue: boolean };
  };
  readonly gates: readonly Gate[];
  /** Paths that it changes. */
  readonly files: readonly string[];
  /** Digest of the proof record that these facts give. */
  readonly proof: string;
  readonly merge: Progress<MergeResult>;
  /** What the forge's merge queue shows of it; null where there is none. */
  readonly queue: QueueFacts | null;
  readonly enqueued: Progress<Enqueued>;
  readonly dequeued: Progress<object>;
  /** Why it is not ours to merge, whatever the gates say; null where it is. */
  readonly notOurs: string | null;
  /** Why the forge shows nothing of it; null where it does. */
  readonly refusal: Refusal | null;
  /** Whether it has waited for the forge for longer than forges take. */
  readonly overdue: boolean;
}

export interface MergeLaneFacts {
  /** Oldest first, up to the first that has its turn. */
  readonly wishes: readonly WishFacts[];
}

/** Whether a wish has to wait for the forge, so that the one behind it may go first. */
export const waitsForForge = (wish: WishFacts): boolean => {
  const { now, head, merge, gates, overdue, refusal } = wish;
  if (refusal !== null || merge !== 'not begun' || now.state !== 'open' || now.head !== head) return false;
  return waitsInQueue(wish) || (verdictOf(gates).state === 'pending' && !overdue && wish.enqueued === 'not begun');
};

/** Whether the forge's merge queue has it, and nothing is to be done about that. Those behind it may follow it there: the queue keeps the order. */
export const waitsInQueue = (wish: WishFacts): boolean =>
  isInQueue(wish) && whyNot(wish) === null && (wish.queue?.entry !== null || leftQueue(wish) === null);

/** It has its place there, or was given one that the forge does not show yet, or any more. */
export const isInQueue = ({ queue, enqueued, dequeued }: WishFacts): boolean =>
  queue !== null && enqueued !== 'begun' && (queue.entry !== null || isDone(enqueued)) && !isEnded(dequeued);

/** How it has left the queue since we put it there; null where it has not. One that was merged has not left. */
export function leftQueue({ queue, enqueued }: WishFacts): QueueFacts['left'] {
  const left = queue?.left ?? null;
  if (left === null || queue?.entry !== null || !isDone(enqueued) || Date.parse(left.at) < Date.parse(enqueued.result.at)) return null;
  return /merge$|merged$/i.test(left.why) ? null : left;
}

/** Why it must not be merged as it was wished for, whatever time may bring; null where nothing speaks against it. */
export function whyNot({ head, now, gates, notOurs }: WishFacts): string | null {
  if (now.head !== head) return `The head has moved to ${now.head}.`;
  if (notOurs !== null) return notOurs;
  return verdictOf(gates).state === 'unmet' ? missing(gates) : null;
}

/** Whether a wish has its turn. One that changes files of an older one that waits would leave that in conflict, so it waits behind it. */
export const hasItsTurn = (wish: WishFacts, older: readonly WishFacts[]): boolean =>
  !waitsForForge(wish) &&
  !(
    isToMerge(wish) && older.some((one) => waitsForForge(one) && !waitsInQueue(one) && one.files.some((file) => wish.files.includes(file)))
  );

const isToMerge = (wish: WishFacts): boolean =>
  wish.merge === 'not begun' && wish.now.state === 'open' && whyNot(wish) === null && verdictOf(wish.gates).state === 'passed';

/** The wish that the decision is about. */
export function subject({ wishes }: MergeLaneFacts): WishFacts {
  const turn = wishes.find((one, at) => hasItsTurn(one, wishes.slice(0, at)));
  // Of those that wait, the one that is looked at again soonest.
  const wish = turn ?? wishes.find((one) => !waitsInQueue(one)) ?? wishes[0];
  if (wish === undefined) throw new Error('a rule about a wish was asked without one');
  return wish;
}

export function about(when: (wish: WishFacts) => boolean): (facts: MergeLaneFacts) => boolean {
  return (facts) => when(subject(facts));
}

export function saying(say: (wish: WishFacts) => string): (facts: MergeLaneFacts) => string {
  return (facts) => say(subject(facts));
}

export function settling(outcomeOf: (wish: WishFacts) => MergeOutcome): (facts: MergeLaneFacts) => MergeLaneAction {
  return (facts) => {
    const wish = subject(facts);
    return { kind: 'settle', ask: wish.id, outcome: outcomeOf(wish), proof: wish.proof };
  };
}

export const isEnded = <Result>(progress: Progress<Result>): progress is EffectOutcome<Result> => typeof progress !== 'string';
const isDone = <Result>(progress: Progress<Result>): progress is { readonly state: 'done'; readonly result: Result } =>
  isEnded(progress) && progress.state === 'done';

export function resultOf<Result>(progress: Progress<Result>): Result {
  if (!isDone(progress)) throw new Error('what was not done has no result');
  return progress.result;
}

export const refusalOf = (progress: Progress<unknown>): string =>
  isEnded(progress) && progress.state === 'refused' ? progress.because : '';

export function missing(gates: readonly Gate[]): string {
  const verdict = verdictOf(gates);
  return verdict.state === 'passed' ? '' : verdict.because;
}
