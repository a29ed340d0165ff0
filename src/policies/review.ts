// How a review goes on: rounds of reviewers, fixes between them, and an end in every case. Read from top to bottom: that is the whole
// behaviour.
import type { EffectOutcome } from '../contracts/effect.ts';
import { fixKey, reviewerKey, type ReviewAction, type ReviewFamily, type TrackedFinding } from '../contracts/review.ts';
import { NOT_READY, type SessionEnd } from '../contracts/session.ts';
import { isBlocking } from './findings.ts';
import { always, policy } from './policy.ts';

export interface ReviewFacts {
  /** Prefix of the keys of its effects. */
  readonly id: string;
  readonly families: readonly ReviewFamily[];
  readonly limits: { readonly rounds: number; readonly fixes: number };
  /** Number of the round that is under way, from 1. */
  readonly round: number;
  /** Commit that this round is about. */
  readonly head: string;
  /** Keys of the sessions that run. */
  readonly running: readonly string[];
  readonly sessions: Readonly<Record<string, SessionEnd>>;
  /** Families whose report of this round is there. */
  readonly reported: readonly ReviewFamily[];
  /** Findings after the rounds that are complete. */
  readonly findings: readonly TrackedFinding[];
  /** What was done or refused, from the ledger, by the rest of the key. */
  readonly done: Readonly<Record<string, EffectOutcome<unknown>>>;
}

const DAY = 24 * 60;

export const reviewPolicy = policy<ReviewFacts, ReviewAction>(
  {
    id: 'sessions-run',
    when: ({ running }) => running.length > 0,
    because: ({ running }) => `${running.join(' and ')} ${running.length === 1 ? 'is' : 'are'} at work.`,
    then: () => ({ kind: 'wait', forWhom: 'session', atMostMinutes: DAY }),
  },
  {
    id: 'not-reviewed-yet',
    when: (facts) => unasked(facts).length > 0,
    because: (facts) => `Round ${facts.round}: ${unasked(facts).join(' and ')} have not looked at ${short(facts.head)}.`,
    then: (facts) => ({ kind: 'round', round: facts.round, head: facts.head, families: unasked(facts) }),
  },
  {
    id: 'reviewer-failed',
    when: (facts) => silent(facts).length > 0,
    because: (facts) => `No report of ${silent(facts).join(' and ')} in round ${facts.round}: a person has to judge.`,
    then: (facts) => ending(facts, 'person', `No report of ${silent(facts).join(' and ')}.`),
  },
  {
    id: 'nothing-to-fix',
    when: (facts) => toFix(facts).length === 0,
    because: (facts) => `Round ${facts.round} leaves nothing to fix${logged(facts)}.`,
    then: (facts) => ending(facts, 'clean', `${facts.round} round${facts.round === 1 ? '' : 's'}${logged(facts)}.`),
  },
  {
    id: 'circuit-breaker',
    when: (facts) => tired(facts) !== undefined,
    because: (facts) => `"${tired(facts)?.title}" has withstood ${facts.limits.fixes} fixes.`,
    then: (facts) => ending(facts, 'person', `"${tired(facts)?.title}" has withstood ${facts.limits.fixes} fixes.`),
  },
  {
    id: 'rounds-spent',
    when: ({ round, limits }) => round >= limits.rounds,
    because: (facts) => `After ${facts.limits.rounds} rounds ${count(blocking(facts).length, 'grave finding')} ${verb(facts)} open.`,
    then: (facts) => ending(facts, 'person', `${count(blocking(facts).length, 'grave finding')} open after ${facts.limits.rounds} rounds.`),
  },
  {
    id: 'findings-to-fix',
    when: ({ sessions, round }) => sessions[fixKey(round)] === undefined,
    because: (facts) => `Round ${facts.round} found ${sum(facts)}.`,
    then: ({ round }) => ({ kind: 'fix', key: fixKey(round), round }),
  },
  {
    id: 'fix-could-not-begin',
    when: ({ sessions, round }) => sessions[fixKey(round)]?.rule === NOT_READY,
    because: ({ sessions, round }) => sessions[fixKey(round)]?.because ?? '',
    then: (facts) => ending(facts, 'person', facts.sessions[fixKey(facts.round)]?.because ?? ''),
  },
  {
    id: 'fix-not-committed',
    when: always,
    because: ({ sessions, round }) => `${fixKey(round)} has ended (${sessions[fixKey(round)]?.outcome}); what it left becomes a commit.`,
    then: ({ id, round, head }) => ({ kind: 'commit', key: `${id}/commit/${fixKey(round)}`, parent: head, session: fixKey(round) }),
  },
);

/** A reviewer that failed is asked no second time: its session has had its own corrections. */
const unasked = ({ families, sessions, round }: ReviewFacts): ReviewFamily[] =>
  families.filter((family) => sessions[reviewerKey(round, family)] === undefined);

const silent = ({ families, reported }: ReviewFacts): ReviewFamily[] => families.filter((family) => !reported.includes(family));

const open = ({ findings }: ReviewFacts): TrackedFinding[] => findings.filter(({ state }) => state === 'open');
const blocking = (facts: ReviewFacts): TrackedFinding[] => open(facts).filter(isBlocking);

/** Grave findings always; minor ones that say how, as long as there is a round left to look at the fix. Nits are logged. */
export function toFix(facts: Pick<ReviewFacts, 'findings' | 'round' | 'limits'>): TrackedFinding[] {
  return facts.findings.filter(
    (finding) =>
      finding.state === 'open' &&
      (isBlocking(finding) ||
        (finding.severity === 'minor' && finding.suggestion !== null && finding.fixes === 0 && facts.round < facts.limits.rounds)),
  );
}

const tired = (facts: ReviewFacts): TrackedFinding | undefined => blocking(facts).find(({ fixes }) => fixes >= facts.limits.fixes);

const ending = ({ head, round }: ReviewFacts, verdict: 'clean' | 'person', because: string): ReviewAction => ({
  kind: 'end',
  end: { verdict, head, rounds: round, because },
});

const short = (commit: string): string => commit.slice(0, 8);
const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
const verb = (facts: ReviewFacts): string => (blocking(facts).length === 1 ? 'is' : 'are');

function sum(facts: ReviewFacts): string {
  const parts = (['critical', 'major', 'minor'] as const)
    .map((severity) => ({ severity, number: toFix(facts).filter((finding) => finding.severity === severity).length }))
    .filter(({ number }) => number > 0);
  return parts.map(({ severity, number }) => `${number} ${severity}`).join(', ');
}

/** What stays open without holding anything up. */
function logged(facts: ReviewFacts): string {
  const left = open(facts).length;
  return left === 0 ? '' : `, ${count(left, 'small finding')} logged`;
}
