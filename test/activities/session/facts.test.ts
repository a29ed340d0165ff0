// What a transcript says of the time that a session has worked.
import { expect, it } from '@jest/globals';
import { factsOf } from '../../../src/activities/session/facts.ts';
import type { Reply, Said } from '../../../src/contracts/said.ts';
import { DEFAULT_SESSION_LIMITS } from '../../../src/contracts/session.ts';
import { sessionPolicy } from '../../../src/policies/session.ts';

const MINUTE = 60_000;
const reply = (turn: number, waited?: number): Reply => ({
  ...{ kind: 'reply', turn, messages: [], calls: [], finish: 'done', model: { provider: 'anthropic', id: 'm' } },
  ...{ usage: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 } },
  ...(waited === undefined ? {} : { waited }),
});

it('counts no pause as work: neither those of earlier turns, nor the one before this turn', () => {
  const spec = { limits: { ...DEFAULT_SESSION_LIMITS, minutes: 60 }, output: null };
  const said: Said[] = [{ kind: 'prompt', text: '', at: 0 }, reply(1), reply(2, 180 * MINUTE)];
  expect(factsOf(said, spec, 200 * MINUTE, 0, 0).minutes).toBe(20);
  const facts = factsOf(said, spec, 300 * MINUTE, 0, 90 * MINUTE);
  expect(facts.minutes).toBe(30);
  expect(sessionPolicy.decide(facts).rule).toBe('next-turn');
  expect(sessionPolicy.decide(factsOf(said, spec, 300 * MINUTE, 0, 0)).rule).toBe('minutes-spent');
});
