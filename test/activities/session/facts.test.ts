// What a transcript says of the time that a session has worked.
import { expect, it } from '@jest/globals';
import { factsOf } from '../../../src/activities/session/facts.ts';
import type { Reply, Said } from '../../../src/contracts/said.ts';
import { DEFAULT_SESSION_LIMITS } from '../../../src/contracts/session.ts';
import { sessionPolicy } from '../../../src/policies/session.ts';

const MINUTE = 60_000;
const reply = (turn: number, waited?: number): Reply => ({
  kind: 'reply',
  turn,
  messages: [],
  calls: [],
  finish: 'done',
  model: { provider: 'anthropic', id: 'm' },
  usage: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 },
  ...(waited === undefined ? {} : { waited }),
});
const spec = { limits: { ...DEFAULT_SESSION_LIMITS, minutes: 60 }, output: null };

it('counts no pause as work: neither those of earlier turns, nor the one before this turn', () => {
  const said: Said[] = [{ kind: 'prompt', text: '', at: 0 }, reply(1), reply(2, 180 * MINUTE)];
  expect(factsOf(said, spec, 200 * MINUTE, 0, 0).minutes).toBe(20);
  const facts = factsOf(said, spec, 300 * MINUTE, 0, 90 * MINUTE);
  expect(facts.minutes).toBe(30);
  expect(sessionPolicy.decide(facts).rule).toBe('next-turn');
  expect(sessionPolicy.decide(factsOf(said, spec, 300 * MINUTE, 0, 0)).rule).toBe('minutes-spent');
});

it('counts how long nothing has changed: from the last reply that found other work in the worktree, or came after an output; without pauses', () => {
  const at = (turn: number, minute: number, work: string, waited = 0): Said => ({
    ...reply(turn, waited * MINUTE),
    at: minute * MINUTE,
    work,
  });
  const idleAt = (minute: number, ...said: Said[]) =>
    factsOf([{ kind: 'prompt', text: '', at: 0 }, ...said], spec, minute * MINUTE, 0, 0).idle;
  const note: Said = { kind: 'note', about: 'idle', text: '' };
  const given: Said = { kind: 'result', turn: 2, call: 0, id: 'c', tool: 'hand_over', text: '', how: 'ok' };
  expect(idleAt(7)).toEqual({ minutes: 7, told: false });
  expect(idleAt(50, at(1, 5, 'a'), at(2, 20, 'b'), at(3, 30, 'b'))).toEqual({ minutes: 30, told: false });
  expect(idleAt(50, at(1, 5, 'a'), note, at(2, 40, 'a', 25))).toEqual({ minutes: 20, told: true });
  expect(idleAt(50, at(1, 5, 'a'), note, at(2, 20, 'a'), given, at(3, 45, 'a'))).toEqual({ minutes: 5, told: false });
  const held = (work: string) => factsOf([{ kind: 'prompt', text: '', at: 0 }, at(1, 5, 'a'), note], spec, 50 * MINUTE, 0, 0, work).idle;
  expect(held('a')).toEqual({ minutes: 45, told: true });
  expect(held('b')).toEqual({ minutes: 0, told: false });
});
