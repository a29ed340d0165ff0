// The session's rules: each can fire, and every run of outcomes ends.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Slip } from '../../src/contracts/said.ts';
import { DEFAULT_SESSION_LIMITS } from '../../src/contracts/session.ts';
import { idleWarning, MOST_TOLD, sessionPolicy, warning, type Answered, type SessionFacts } from '../../src/policies/session.ts';

const limits = { ...DEFAULT_SESSION_LIMITS, turns: 20, minutes: 60, tokens: 1000, usd: 100 };
const fresh: SessionFacts = {
  limits,
  turns: 0,
  minutes: 0,
  tokens: 0,
  usd: 0,
  repeats: 0,
  idle: { minutes: 0, told: false },
  lost: null,
  fatal: null,
  unseen: 0,
  output: 'none wanted',
  told: { cut: 0, empty: 0, output: 0 },
  answer: null,
};
const reply = (answer: Partial<Answered> = {}): Answered => ({ kind: 'reply', calls: 0, isEmpty: false, finish: 'done', ...answer });
const told = (slip: Slip): SessionFacts['told'] => ({ ...fresh.told, [slip]: MOST_TOLD });

describe('the session policy', () => {
  const cases: Record<string, Partial<SessionFacts>> = {
    'worktree-lost': { lost: 'no disk', fatal: 'gone' },
    'fatal-tool-error': { fatal: 'gone', turns: 99 },
    'model-stalled': { answer: { kind: 'silent', because: '…' } },
    'provider-refused': { answer: { kind: 'refused', because: '401' } },
    'model-refused': { answer: reply({ calls: 1, finish: 'refused' }) },
    'tools-asked': { answer: reply({ calls: 2, finish: 'cut' }) },
    'answer-cut': { answer: reply({ finish: 'cut' }), output: 'missing' },
    'output-missing': { answer: reply({ isEmpty: true }), output: 'missing' },
    'answer-empty': { answer: reply({ isEmpty: true }) },
    'no-output': { answer: reply(), output: 'missing', told: told('output') },
    'no-answer': { answer: reply({ finish: 'cut' }), told: told('cut') },
    'model-finished': { answer: reply({ isEmpty: true }), output: 'given', turns: 99 },
    'output-given': { output: 'fresh', turns: 99 },
    'turns-spent': { turns: 20 },
    'minutes-spent': { minutes: 60.1 },
    'tokens-spent': { tokens: 1000 },
    'money-spent': { usd: 100 },
    'repeats-itself': { repeats: 3 },
    'gets-nowhere': { idle: { minutes: 121, told: true } },
    'next-turn': { output: 'fresh', unseen: 1 },
  };

  it.each(Object.entries(cases))('reaches %s', (rule, facts) => {
    expect(sessionPolicy.decide({ ...fresh, ...facts }).rule).toBe(rule);
  });

  it('has no rule that these cases leave out', () => {
    expect(sessionPolicy.rules.map(({ id }) => id).sort()).toEqual(Object.keys(cases).sort());
  });

  it('ends whatever the model does', () => {
    const turn = fc.record({
      calls: fc.nat(3),
      isEmpty: fc.boolean(),
      finish: fc.constantFrom('done' as const, 'cut' as const),
      output: fc.constantFrom('missing' as const, 'given' as const, 'fresh' as const),
      unseen: fc.nat(1),
      tokens: fc.nat(50),
      minutes: fc.double({ min: 0, max: 1, noNaN: true }),
      repeats: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(turn, { minLength: limits.turns, maxLength: limits.turns }), (turns) => {
        let facts = fresh;
        for (const { calls, isEmpty, finish, tokens, minutes, ...now } of turns) {
          if (sessionPolicy.decide(facts).action.kind !== 'callModel') return;
          const { action } = sessionPolicy.decide({ ...facts, answer: reply({ calls, isEmpty, finish }) });
          if (action.kind === 'correct') facts = { ...facts, told: { ...facts.told, [action.slip]: facts.told[action.slip] + 1 } };
          else if (action.kind !== 'runTools') return;
          facts = { ...facts, ...now, turns: facts.turns + 1, tokens: facts.tokens + tokens, minutes: facts.minutes + minutes };
        }
        expect(Math.max(...Object.values(facts.told))).toBeLessThanOrEqual(MOST_TOLD);
        facts = { ...facts, output: 'missing' };
        expect(sessionPolicy.decide(facts).action.kind).toBe('end');
      }),
    );
  });

  it('warns when a tenth of a limit is left, and not before', () => {
    expect(warning({ ...fresh, turns: 17 })).toBeNull();
    expect(warning({ ...fresh, turns: 18 })).toContain('2 turns');
    expect(warning({ ...fresh, tokens: 950 })).toContain('50 tokens');
  });

  it('warns where nothing changes for long, once, and says what comes of it where that ends the session', () => {
    const idle = (minutes: number, told = false): SessionFacts => ({ ...fresh, idle: { minutes, told } });
    expect(idleWarning(idle(29))).toBeNull();
    expect(idleWarning(idle(31, true))).toBeNull();
    expect(idleWarning(idle(31))).not.toContain('the session ends');
    expect(idleWarning({ ...idle(31), limits: { ...limits, idleEndMinutes: 45 } })).toContain('After 45 such minutes the session ends.');
  });
});
