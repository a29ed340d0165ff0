// What a task's policy decides by, and what follows from it. What was done is read from the ledger of effects, by names that are the rest of
// their keys.
import { BUDGETED, type Budget } from '../contracts/budget.ts';
import type { Heeded, Told } from '../contracts/directive.ts';
import type { EffectOutcome } from '../contracts/effect.ts';
import type { Verdict } from '../contracts/outbox.ts';
import type { Classification } from '../contracts/outputs.ts';
import type { Pipeline, PlannedPhase } from '../contracts/plan.ts';
import type { StandingRefusal } from '../contracts/refusal.ts';
import type { Completion, RequestPolicy } from '../contracts/request-policy.ts';
import type { ReviewEnd } from '../contracts/review.ts';
import { NOT_READY, type SessionEnd } from '../contracts/session.ts';
import type { TaskAction, TaskOutcome, TaskSnapshot } from '../contracts/task.ts';
import { HOLD_LABELS } from './gates.ts';
import { runs } from './plan.ts';

export interface TaskFacts {
  readonly now: TaskSnapshot;
  /** Prefix of the keys of everything that is done for this task. */
  readonly id: string;
  /** What it works on, for people: "owner/repo#12". */
  readonly name: string;
  /** It comes from an issue, which can be labelled and commented. */
  readonly hasIssue: boolean;
  readonly pipeline: Pipeline;
  readonly plan: readonly PlannedPhase[];
  /** What was done or refused, from the ledger, by the rest of the key. Not from the forge: its lists lag. */
  readonly done: Readonly<Record<string, EffectOutcome<unknown>>>;
  readonly sessions: Readonly<Record<string, SessionEnd>>;
  /** A session has said what kind of task it is. */
  readonly classified: boolean;
  /** As classified; null where that is not known. */
  readonly risk: Classification['riskLevel'] | null;
  /** How requests are opened here. */
  readonly requests: RequestPolicy;
  readonly reviews: Readonly<Record<string, ReviewEnd>>;
  /** Keys of the sessions and reviews that run now. */
  readonly running: readonly string[];
  /** What people were asked, by the rest of the key; null while they have not answered. */
  readonly answers: Readonly<Record<string, { readonly verdict: Verdict; readonly text: string } | null>>;
  /** What it was told to do and has not acted on, oldest first. */
  readonly told: readonly Told[];
  /** Unseen words that no rule acts on: for its sessions, oldest first. */
  readonly words: readonly { readonly mail: string; readonly by: string }[];
  /** Who has its request in hand, and reads what is said of it; null where nobody has. */
  readonly owner: string | null;
  /** What it was told before, oldest first. */
  readonly heeded: readonly Heeded[];
  /** Its questions that wait for an approval, with when they were asked. */
  readonly approvable: readonly { readonly id: string; readonly at: number }[];
  /** With its request's. People may allow more. */
  readonly budget: { readonly spent: Budget; readonly allowed: Budget };
  /** How its request ended, as the request's owner tells; null while it has not. */
  readonly requestEnd: RequestEnd | null;
  /** The tasks that it was told to follow, and how they stand. */
  readonly after: readonly Followed[];
  /** Minutes in which they have to be merged; null: there is no limit. */
  readonly afterLeft: number | null;
  /** What the forge does not let us do; `now` shows nothing then. */
  readonly refusal: StandingRefusal | null;
  /** Most sessions of one kind that are tried without asking a person. */
  readonly tries: number;
}

export interface Followed {
  readonly task: string;
  readonly state: 'open' | 'merged' | 'failed';
  /** How it ended, in a word; empty while it has not. */
  readonly how: string;
}

export type RequestEnd =
  | { readonly outcome: 'merged'; readonly head: string; readonly mergeSha: string }
  | { readonly outcome: 'closed' }
  | { readonly outcome: 'released' };

export const WORKING_LABEL = 'signalbox: working';
export const HOLD_LABEL = 'signalbox: hold';
export const DAY = 24 * 60;

export function failedFollowed({ after }: TaskFacts): string {
  return `It was to follow ${namesOf(after, 'failed')}, which ended without a merge (${after.find(({ state }) => state === 'failed')?.how ?? ''}).`;
}

export const lateFollowed = ({ after }: TaskFacts): string =>
  `It has waited for as long as it may, and is not to begin before these are merged: ${namesOf(after, 'open')}.`;

export const namesOf = (after: readonly Followed[], state: Followed['state']): string =>
  after
    .filter((one) => one.state === state)
    .map(({ task }) => task)
    .join(', ');

export function isMissing(name: string): (facts: TaskFacts) => boolean {
  return ({ done }) => done[name] === undefined;
}

/** Asks a person once and then waits. "No" is always possible, and ends the task. */
export const ask = (
  { id, answers }: TaskFacts,
  name: string,
  question: string,
  accepted: readonly Verdict[],
  atMostMinutes = DAY,
): TaskAction =>
  answers[name] === undefined
    ? { kind: 'ask', key: `${id}/ask/${name}`, question, accepts: [...accepted, 'reject'] }
    : { kind: 'wait', forWhom: 'operator', atMostMinutes };

/** How often people have answered questions about this. */
export const answersTo = ({ answers }: TaskFacts, about: string): number =>
  Object.entries(answers).filter(([name, answer]) => answer !== null && (name === about || name.startsWith(`${about}/`))).length;

export const refusedByPerson = ({ answers }: TaskFacts): { readonly text: string } | undefined =>
  Object.values(answers).find((answer) => answer?.verdict === 'reject') ?? undefined;

export function reasonOf(facts: TaskFacts): string {
  const text = refusedByPerson(facts)?.text ?? '';
  return text === '' ? '' : `: ${text}`;
}

export const tried = ({ sessions }: TaskFacts, kind: string): number =>
  Object.keys(sessions).filter((key) => key.startsWith(`${kind}/`)).length;
export const lastSession = (facts: TaskFacts, kind: string): string | null =>
  tried(facts, kind) === 0 ? null : `${kind}/${tried(facts, kind)}`;
/** One whose worktree was not ready has left nothing of its own. */
export const hasWorked = (facts: TaskFacts): boolean => {
  const last = lastSession(facts, 'code');
  return last !== null && facts.sessions[last]?.rule !== NOT_READY;
};
export const how = (facts: TaskFacts): string => facts.sessions[lastSession(facts, 'code') ?? '']?.because ?? '';

export const commitName = (facts: TaskFacts): string => `commit/${lastSession(facts, 'code')}`;
/** What somebody had pushed to the branch before anybody of ours worked. */
export const FOUND = 'found';
export const foundOf = (facts: TaskFacts): string | null => resultOf<{ commit: string }>(facts, FOUND)?.commit ?? null;
export const commitOf = (facts: TaskFacts): string | null =>
  foundOf(facts) ?? resultOf<{ commit: string }>(facts, commitName(facts))?.commit ?? null;

export const reviewName = ({ reviews }: TaskFacts): string => `review/${Object.keys(reviews).length}`;
export const lastReview = (facts: TaskFacts): ReviewEnd | null => facts.reviews[reviewName(facts)] ?? null;

/** What is to be proposed: the reviewed head, or where no review runs what was committed. */
export const headOf = (facts: TaskFacts): string => lastReview(facts)?.head ?? commitOf(facts) ?? '';
export const short = (commit: string | null): string => (commit ?? '').slice(0, 8);

/** A refused push or request that a person wants tried again is another effect. */
const again = (facts: TaskFacts, name: string): string => {
  const times = answersTo(facts, name);
  return times === 0 ? name : `${name}/${times + 1}`;
};
export const pushName = (facts: TaskFacts): string => again(facts, `push/${headOf(facts)}`);
export const requestName = (facts: TaskFacts): string => again(facts, 'request');
export const request = (facts: TaskFacts): number => resultOf<{ id: number }>(facts, requestName(facts))?.id ?? 0;

/** People mark it as ready, and nothing is done to it before that. */
export function isDraft(facts: TaskFacts): boolean {
  const { requests, risk, plan } = facts;
  if (requests.draft !== 'risky') return requests.draft === 'always';
  const isUnknown = risk === null && runs(plan, 'classify');
  return isUnknown || risk === 'High' || risk === 'Critical' || lastReview(facts)?.verdict === 'person';
}

/** What the request gets of its issue, but for what is said to us, and of the settings. */
export function completion({ now, requests }: TaskFacts): Completion {
  const ofIssue = now.labels.filter((label) => !label.startsWith('signalbox:') && !HOLD_LABELS.includes(label));
  return { labels: [...new Set([...ofIssue, ...requests.labels])], milestone: now.milestone, reviewers: requests.reviewers };
}

export function mergedOutcome(facts: TaskFacts): TaskOutcome {
  const { requestEnd } = facts;
  if (requestEnd?.outcome !== 'merged') throw new Error('the request is not merged');
  return { outcome: 'merged', request: request(facts), head: requestEnd.head, mergeSha: requestEnd.mergeSha };
}

function resultOf<Result>({ done }: TaskFacts, name: string): Result | undefined {
  const outcome = done[name];
  return outcome?.state === 'done' ? (outcome.result as Result) : undefined;
}

export function refusalOf({ done }: TaskFacts, name: string): string {
  const outcome = done[name];
  return outcome?.state === 'refused' ? outcome.because : '';
}

/** Whether the next thing to do would be a session or a review. */
export function isWorkDue(facts: TaskFacts): boolean {
  const { plan, running, classified, tries } = facts;
  if (running.length > 0) return false;
  if (runs(plan, 'classify') && !classified && tried(facts, 'classify') < tries) return true;
  if (hasWorked(facts) && isMissing(commitName(facts))(facts)) return false;
  return commitOf(facts) === null || (runs(plan, 'review') && lastReview(facts) === null);
}

/** What is spent of the budget, for people; null where nothing is. */
export function overspent({ budget: { spent, allowed } }: TaskFacts): string | null {
  const over = BUDGETED.filter((what) => spent[what] >= allowed[what]).map((what) => `${amount(what, spent)} of ${amount(what, allowed)}`);
  return over.length === 0 ? null : over.join(', ');
}

/** A budget, for people. */
export const inAmounts = (budget: Budget): string => BUDGETED.map((what) => amount(what, budget)).join(', ');

const amount = (what: keyof Budget, budget: Budget): string =>
  what === 'usd' ? `$${budget.usd.toFixed(2)}` : `${Math.floor(budget[what]).toLocaleString('en')} ${what}`;
