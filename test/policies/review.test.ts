// The review's rules: each can fire, and every sequence of outcomes ends within the allowed rounds.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EffectOutcome } from '../../src/contracts/effect.ts';
import type { Finding, Findings } from '../../src/contracts/outputs.ts';
import { fixKey, reviewerKey, REVIEW_FAMILIES, type TrackedFinding } from '../../src/contracts/review.ts';
import { NOT_READY, type SessionEnd } from '../../src/contracts/session.ts';
import { isBlocking, track, type Report, type Round } from '../../src/policies/findings.ts';
import { reviewPolicy, type ReviewFacts } from '../../src/policies/review.ts';

const end: SessionEnd = { outcome: 'completed', rule: 'output-given', because: '' };
const major: TrackedFinding = {
  severity: 'major',
  category: 'correctness',
  file: 'a.ts',
  line: 1,
  title: 'Wrong',
  detail: '',
  suggestion: null,
  fingerprint: 'f',
  family: 'correctness',
  found: 1,
  state: 'open',
  reason: '',
  fixes: 0,
};
const fresh: ReviewFacts = {
  id: 'review/x',
  families: REVIEW_FAMILIES,
  limits: { rounds: 3, fixes: 3 },
  round: 1,
  head: 'c0',
  running: [],
  sessions: {},
  reported: [],
  findings: [],
  done: {},
};
const asked = (round: number): ReviewFacts['sessions'] =>
  Object.fromEntries(REVIEW_FAMILIES.map((family) => [reviewerKey(round, family), end]));
const reviewed: ReviewFacts = { ...fresh, sessions: asked(1), reported: REVIEW_FAMILIES };

describe('the review policy', () => {
  const cases: Record<string, ReviewFacts> = {
    'sessions-run': { ...fresh, running: ['round-1/correctness'] },
    'not-reviewed-yet': fresh,
    'reviewer-failed': { ...reviewed, reported: ['correctness'] },
    'nothing-to-fix': { ...reviewed, findings: [{ ...major, severity: 'nit' }] },
    'circuit-breaker': { ...reviewed, findings: [{ ...major, fixes: 3 }] },
    'rounds-spent': { ...reviewed, round: 3, sessions: asked(3), findings: [major] },
    'findings-to-fix': { ...reviewed, findings: [major] },
    'fix-could-not-begin': {
      ...reviewed,
      findings: [major],
      sessions: { ...asked(1), [fixKey(1)]: { outcome: 'failed', rule: NOT_READY, because: 'files' } },
    },
    'fix-not-committed': { ...reviewed, findings: [major], sessions: { ...asked(1), [fixKey(1)]: end } },
  };

  it.each(Object.entries(cases))('reaches %s', (rule, facts) => {
    expect(reviewPolicy.decide(facts).rule).toBe(rule);
  });

  it('has no rule that these cases leave out', () => {
    expect(reviewPolicy.rules.map(({ id }) => id).sort()).toEqual(Object.keys(cases).sort());
  });

  it('fixes minor findings that say how, once, and only while a round is left', () => {
    const minor: TrackedFinding = { ...major, severity: 'minor', suggestion: 'rename it' };
    expect(reviewPolicy.decide({ ...reviewed, findings: [minor] }).rule).toBe('findings-to-fix');
    expect(reviewPolicy.decide({ ...reviewed, findings: [{ ...minor, fixes: 1 }] }).rule).toBe('nothing-to-fix');
    expect(reviewPolicy.decide({ ...reviewed, findings: [{ ...minor, suggestion: null }] }).rule).toBe('nothing-to-fix');
    expect(reviewPolicy.decide({ ...reviewed, round: 3, sessions: asked(3), findings: [minor] }).rule).toBe('nothing-to-fix');
  });

  const finding = fc.record<Finding>({
    severity: fc.constantFrom('critical', 'major', 'minor', 'nit'),
    category: fc.constantFrom('correctness', 'security', 'style'),
    file: fc.constantFrom('a.ts', 'b.ts'),
    line: fc.option(fc.integer({ min: 1, max: 9 })),
    title: fc.constantFrom('Wrong', 'Slow', 'Ugly', 'Open'),
    detail: fc.constant(''),
    suggestion: fc.option(fc.constant('so')),
  });
  /** What the world does in one round: each reviewer's report (null: it failed), and what came of the fix. */
  const roundOf = fc.record({
    reports: fc.array(fc.option(fc.array(finding, { maxLength: 4 }), { freq: 8 }), { minLength: 2, maxLength: 2 }),
    verified: fc.infiniteStream(fc.constantFrom('fixed', 'open', 'false positive', 'nothing')),
    commits: fc.boolean(),
    changed: fc.constantFrom<NonNullable<Round['changed']>>({}, { 'a.ts': [[1, 9]] }, { 'a.ts': [[1, 3]], 'b.ts': [[2, 5]] }),
  });

  it('ends after at most three rounds, whatever is found and whatever fixes do', () => {
    fc.assert(
      fc.property(fc.array(roundOf, { minLength: 6, maxLength: 6 }), (world) => {
        let facts: ReviewFacts = fresh;
        const rounds: Round[] = [];
        let reports: Report[] = [];
        for (let step = 0; step < 30; step++) {
          const { action } = reviewPolicy.decide(facts);
          const now = world[facts.round - 1];
          if (now === undefined) break;
          if (action.kind === 'end') {
            expect(facts.round).toBeLessThanOrEqual(3);
            if (action.end.verdict === 'clean') expect(facts.findings.filter((one) => one.state === 'open' && isBlocking(one))).toEqual([]);
            return;
          }
          if (action.kind === 'round') {
            reports = REVIEW_FAMILIES.flatMap((family, at): Report[] => {
              const found = now.reports[at] ?? null;
              return found === null ? [] : [{ family, findings: { findings: found, verified: verify(facts, family, now.verified) } }];
            });
            const complete = reports.length === REVIEW_FAMILIES.length;
            if (complete) rounds.push({ reports, changed: facts.round === 1 ? null : now.changed, fixed: facts.round > 1 });
            facts = {
              ...facts,
              sessions: { ...facts.sessions, ...asked(facts.round) },
              reported: reports.map(({ family }) => family),
              findings: track(rounds),
            };
          } else if (action.kind === 'fix') {
            facts = { ...facts, sessions: { ...facts.sessions, [action.key]: end } };
          } else if (action.kind === 'commit') {
            const outcome: EffectOutcome<unknown> = now.commits
              ? { state: 'done', result: { commit: `c${facts.round}` } }
              : { state: 'refused', because: 'nothing has changed' };
            facts = {
              ...facts,
              done: { ...facts.done, [`commit/${fixKey(facts.round)}`]: outcome },
              round: facts.round + 1,
              head: now.commits ? `c${facts.round}` : facts.head,
              reported: [],
            };
          } else {
            throw new Error(`waits for ${action.forWhom} though nothing runs`);
          }
        }
        throw new Error('did not end');
      }),
      { seed: 20_261_120, numRuns: 2_000 },
    );
  });

  function verify(facts: ReviewFacts, family: string, words: Iterator<string>): Findings['verified'] {
    return facts.findings
      .filter((one) => one.state === 'open' && one.family === family)
      .flatMap(({ fingerprint }) => {
        const state = words.next().value as Findings['verified'][number]['state'] | 'nothing';
        return state === 'nothing' ? [] : [{ fingerprint, state, reason: '' }];
      });
  }
});
