// What may happen to a request: a history is a list of steps, in each of which something is done by people or machines while Signalbox has
// trouble. A seed is a history, for ever; any part of one is one as well, so that a failure can be made smaller.
import { seededRandom, type Random } from '../../../devkit/forge/random.ts';

export const HOLDS = ['hold', 'do-not-merge', 'needs-human-review'] as const;

/** Who says something: may write, has opened the issue, or is nobody. */
export type Speaker = 'owner' | 'reader' | 'stranger';
/** What is said: has to be done, can be answered, is praise, stops everything. */
export type Words = 'wish' | 'question' | 'praise' | 'stop';

export type Event =
  | { readonly kind: 'ci'; readonly state: 'success' | 'failure' | 'pending' }
  | { readonly kind: 'say'; readonly by: Speaker; readonly words: Words; readonly where: 'conversation' | 'line' }
  /** Of what `owner` said last. */
  | { readonly kind: 'edit' }
  | { readonly kind: 'review'; readonly by: 'owner' | 'helper'; readonly verdict: 'APPROVE' | 'REQUEST_CHANGES' }
  | { readonly kind: 'dismiss' }
  | { readonly kind: 'label' | 'unlabel'; readonly label: (typeof HOLDS)[number] }
  | { readonly kind: 'push' }
  /** Whatever is asked on the command line is answered, in favour. */
  | { readonly kind: 'answer' }
  /** The request is paused on the command line, and resumed. */
  | { readonly kind: 'pause' | 'resume' }
  | { readonly kind: 'merge' | 'close' | 'reopen' | 'draft' | 'ready' }
  /** The base branch moves, elsewhere; where the request has changed something. */
  | { readonly kind: 'base' | 'conflict' }
  /** `owner` gives it another base, or its first one again. */
  | { readonly kind: 'retarget' }
  /** `owner` sets the branch back to what the request began with, puts another commit in the place of its head, or removes it. */
  | { readonly kind: 'set back' | 'force' | 'delete branch' }
  | { readonly kind: 'title' }
  /** Of what `owner` said last. */
  | { readonly kind: 'take back' }
  /** Another request of ours in the repository, which nothing stands against: both want to be merged. */
  | { readonly kind: 'companion' };

export type Trouble =
  /** Of calls of Signalbox for this repository. */
  | { readonly kind: 'fault'; readonly route: string; readonly when: 'before' | 'after'; readonly fault: Fault; readonly count: number }
  | { readonly kind: 'webhooks'; readonly fault: 'lost' | 'doubled' | 'late'; readonly count: number }
  /** SIGKILL of a worker, at a point of its work on this request. */
  | { readonly kind: 'kill'; readonly point: string }
  | { readonly kind: 'kill gateway' };

export type Fault =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'secondary-limit'; readonly retryAfter: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'delay'; readonly ms: number };

export interface Step {
  /** Several are one after the other, without waiting for what comes of them. */
  readonly events: readonly Event[];
  readonly trouble: readonly Trouble[];
}

export interface History {
  readonly seed: number;
  /** Opened by a task of ours for an issue, or taken over from a person. */
  readonly from: 'task' | 'person';
  /** `real`: run by the forge, and flaky at each head. `required`: the base asks for a status. */
  readonly ci: 'required' | 'free' | 'real';
  readonly steps: readonly Step[];
}

/**
 * Several events at once may be seen together or one by one, so what comes of them may differ: then only what always holds is asked for. Of a
 * companion nothing comes for the request itself.
 */
export const isRacing = ({ steps }: History): boolean =>
  steps.some(({ events }) => events.filter(({ kind }) => kind !== 'companion').length > 1);

export const undisturbed = (history: History): History => ({
  ...history,
  steps: history.steps.map(({ events }) => ({ events, trouble: [] })),
});

interface Dice {
  one<T>(of: readonly T[]): T;
  chance(share: number): boolean;
  upTo(most: number): number;
}

const diceOf = (random: Random): Dice => {
  const upTo = (most: number): number => Math.floor(random.within([0, most + 0.999]));
  return { upTo, chance: (share) => random.chance(share), one: (of) => of[upTo(of.length - 1)] ?? of[0]! };
};

/** With the weights of a repository where work gets done. Sessions cost most, so what begins one is rare. */
const KINDS: readonly (readonly [number, (dice: Dice) => Event])[] = [
  [6, (dice) => ({ kind: 'ci', state: dice.one(['success', 'success', 'success', 'pending', 'failure']) })],
  [2, (dice) => ({ kind: 'say', by: dice.one(['owner', 'owner', 'reader']), words: 'wish', where: dice.one(['conversation', 'line', 'line']) })],
  [2, (dice) => ({ kind: 'say', by: dice.one(['owner', 'reader']), words: 'question', where: dice.one(['conversation', 'line']) })],
  [2, (dice) => ({ kind: 'say', by: 'stranger', words: dice.one(['wish', 'stop']), where: 'conversation' })],
  [1, (dice) => ({ kind: 'say', by: dice.one(['owner', 'reader']), words: dice.one(['praise', 'stop']), where: 'conversation' })],
  [1, () => ({ kind: 'edit' })],
  [7, (dice) => ({ kind: 'review', by: dice.one(['owner', 'helper']), verdict: dice.one(['APPROVE', 'APPROVE', 'APPROVE', 'REQUEST_CHANGES']) })],
  [2, () => ({ kind: 'dismiss' })],
  [3, (dice) => ({ kind: 'label', label: dice.one(HOLDS) })],
  [4, (dice) => ({ kind: 'unlabel', label: dice.one(HOLDS) })],
  [2, () => ({ kind: 'push' })],
  [4, () => ({ kind: 'answer' })],
  [1, () => ({ kind: 'merge' })],
  [1, () => ({ kind: 'close' })],
  [1, () => ({ kind: 'reopen' })],
  [1, () => ({ kind: 'draft' })],
  [2, () => ({ kind: 'ready' })],
  [2, () => ({ kind: 'base' })],
  [2, () => ({ kind: 'conflict' })],
  [2, () => ({ kind: 'retarget' })],
  [1, () => ({ kind: 'set back' })],
  [1, () => ({ kind: 'force' })],
  [1, () => ({ kind: 'delete branch' })],
  [1, () => ({ kind: 'title' })],
  [1, () => ({ kind: 'take back' })],
  [1, () => ({ kind: 'pause' })],
  [2, () => ({ kind: 'resume' })],
];
const WEIGHT = KINDS.reduce((sum, [weight]) => sum + weight, 0);

function eventOf(dice: Dice): Event {
  let at = dice.upTo(WEIGHT - 1);
  for (const [weight, make] of KINDS) {
    if (at < weight) return make(dice);
    at -= weight;
  }
  return { kind: 'base' };
}

const READS = ['pulls/get', 'checks/list-for-ref', 'pulls/list-reviews', 'pulls/list-files', 'repos/get', 'git/get-commit'];
const WRITES = [
  ...['pulls/merge', 'pulls/merge', 'issues/create-comment', 'pulls/create-reply-for-review-comment', 'git/receive-pack', 'git/receive-pack'],
  ...['pulls/update', 'issues/update', 'git/delete-ref', 'actions/re-run-job-for-workflow-run', 'pulls/request-reviewers'],
];

const faultOf = (dice: Dice): Fault =>
  dice.one<Fault>([
    { kind: 'status', status: dice.one([500, 502, 503]) },
    { kind: 'cut' },
    { kind: 'delay', ms: 100 + dice.upTo(900) },
  ]);

/** Points before and after which a worker is killed: everything that the owner of a request and its lane do. */
const POINTS: readonly string[] = [
  ...['assessMergeRequest', 'actOnMergeRequest take', 'actOnMergeRequest reply', 'actOnMergeRequest resolve', 'actOnMergeRequest askMerge'],
  ...['actOnMergeRequest proof', 'actOnMergeRequest say', 'actOnMergeRequest rerun', 'actOnMergeRequest closeIssue'],
  ...['actOnMergeRequest deleteBranch', 'actOnMergeRequest notify', 'actOnMergeRequestHost commit', 'actOnMergeRequestHost push'],
  ...['actOnMergeRequestHost takeUp', 'actOnMergeRequestHost removeWorktree', 'prepareForMergeRequest session', 'takeTurn'],
  ...['actOnMergeRequestHost takeBase', 'actOnMergeRequest status', 'runCommand', 'assessMergeLane', 'mergeInLane merge', 'settleMerge settle', 'endMergeRequest', 'endReview'],
];

function troubleOf(dice: Dice, kills: boolean): Trouble {
  const at = dice.upTo(99);
  if (at < 30) return { kind: 'webhooks', fault: dice.one(['lost', 'lost', 'doubled', 'late']), count: 1 + dice.upTo(4) };
  if (at < 50) return { kind: 'fault', route: dice.one(READS), when: 'before', fault: faultOf(dice), count: 1 + dice.upTo(1) };
  if (at < 60) return { kind: 'fault', route: dice.one(READS), when: 'before', fault: { kind: 'secondary-limit', retryAfter: 1 }, count: 1 };
  if (at < 95 || !kills) {
    const when = dice.one(['before', 'after', 'after'] as const);
    return { kind: 'fault', route: dice.one(WRITES), when, fault: faultOf(dice), count: 1 + dice.upTo(1) };
  }
  return { kind: 'kill gateway' };
}

export interface Shape {
  /** Whether workers and the gateway are killed as well. */
  readonly kills: boolean;
}

/** The history of a seed. */
export function historyOf(seed: number, { kills }: Shape): History {
  const random = seededRandom(seed);
  // The first numbers of neighbouring seeds are alike.
  for (let at = 0; at < 50; at++) random.chance(0.5);
  const dice = diceOf(random);
  const from = dice.chance(0.2) ? 'person' : 'task';
  const ci = dice.one(['required', 'required', 'required', 'free', 'free', 'real'] as const);
  const racing = dice.chance(0.3);
  const events = Array.from({ length: 2 + dice.upTo(3) }, () => eventOf(dice));
  // Most go on until they could be merged.
  if (dice.chance(0.7)) {
    const free: Event[] = HOLDS.filter((label) => events.some((event) => event.kind === 'label' && event.label === label)).map((label) => ({
      kind: 'unlabel',
      label,
    }));
    events.push(...free, { kind: 'resume' }, { kind: 'ready' }, { kind: 'answer' });
    const reviewers = new Set(['helper', ...events.flatMap((event) => (event.kind === 'review' ? [event.by] : []))] as const);
    events.push({ kind: 'ci', state: 'success' }, ...[...reviewers].map((by): Event => ({ kind: 'review', by, verdict: 'APPROVE' })));
  }
  const steps: Step[] = [];
  while (events.length > 0) {
    const together = events.splice(0, racing && dice.chance(0.6) ? 2 + dice.upTo(1) : 1);
    const trouble = Array.from({ length: dice.upTo(2) }, () => troubleOf(dice, kills));
    if (kills && dice.chance(0.3)) trouble.push({ kind: 'kill', point: `${dice.one(['before', 'after'])} ${dice.one(POINTS)}` });
    steps.push({ events: together, trouble });
  }
  // Last, so that seeds stay what they were.
  const final = steps.at(-1);
  if (final === undefined || !dice.chance(0.2)) return { seed, from, ci, steps };
  return { seed, from, ci, steps: [...steps.slice(0, -1), { ...final, events: [{ kind: 'companion' }, ...final.events] }] };
}
