// The session's rules: each can fire, and every run of outcomes ends.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sessionPolicy, warning, type SessionFacts } from '../../src/policies/session.ts';

const limits = { turns: 20, minutes: 60, tokens: 1000, stallSeconds: 120, repeats: 3 };
const fresh: SessionFacts = { limits, turns: 0, minutes: 0, tokens: 0, repeats: 0, fatal: null, answer: null };

describe('the session policy', () => {
  const cases: Record<string, Partial<SessionFacts>> = {
    'fatal-tool-error': { fatal: 'gone', turns: 99 },
    'model-stalled': { answer: { kind: 'silent', because: '…' } },
    'provider-refused': { answer: { kind: 'refused', because: '401' } },
    'tools-asked': { answer: { kind: 'reply', calls: 2 } },
    'model-finished': { answer: { kind: 'reply', calls: 0 }, turns: 99 },
    'turns-spent': { turns: 20 },
    'minutes-spent': { minutes: 60.1 },
    'tokens-spent': { tokens: 1000 },
    'repeats-itself': { repeats: 3 },
    'next-turn': {},
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
      tokens: fc.nat(50),
      minutes: fc.double({ min: 0, max: 1, noNaN: true }),
      repeats: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(turn, { minLength: limits.turns, maxLength: limits.turns }), (turns) => {
        let facts = fresh;
        for (const { calls, tokens, minutes, repeats } of turns) {
          if (sessionPolicy.decide(facts).action.kind !== 'callModel') return;
          if (sessionPolicy.decide({ ...facts, answer: { kind: 'reply', calls } }).action.kind !== 'runTools') return;
          facts = { ...facts, turns: facts.turns + 1, tokens: facts.tokens + tokens, minutes: facts.minutes + minutes, repeats };
        }
        expect(sessionPolicy.decide(facts).action.kind).toBe('end');
      }),
    );
  });

  it('warns when a tenth of a limit is left, and not before', () => {
    expect(warning({ ...fresh, turns: 17 })).toBeNull();
    expect(warning({ ...fresh, turns: 18 })).toContain('2 turns');
    expect(warning({ ...fresh, tokens: 950 })).toContain('50 tokens');
  });
});
