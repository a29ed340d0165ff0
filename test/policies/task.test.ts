// The task's rules: each can fire, and a world that answers leads every task to its end.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SessionEnd } from '../../src/contracts/session.ts';
import { HOLD_LABEL, taskPolicy, type TaskFacts } from '../../src/policies/task.ts';

const end: SessionEnd = { outcome: 'completed', rule: 'model-finished', because: '' };
const done = (result: unknown) => ({ state: 'done', result }) as const;
const refused = { state: 'refused', because: 'no' } as const;
const fresh: TaskFacts = {
  now: { state: 'open', labels: [], createdAt: 1, pushed: null },
  id: 'task/x',
  done: {},
  sessions: {},
  running: null,
  tries: 2,
};
const having = (facts: TaskFacts, more: TaskFacts['done']): TaskFacts => ({ ...facts, done: { ...facts.done, ...more } });
const labelled = having(fresh, { label: done(null) });
const ended: TaskFacts = { ...labelled, sessions: { 'session/1': end } };
const committed = having(ended, { 'commit/session/1': done({ commit: 'c1' }) });
const pushed = having(committed, { 'push/c1': done({ commit: 'c1' }) });
const requested = having(pushed, { request: done({ id: 7 }) });
const said = having(requested, { comment: done({ id: 1 }) });
const idle: TaskFacts = { ...labelled, sessions: { 'session/1': end, 'session/2': end } };

describe('the task policy', () => {
  const cases: Record<string, TaskFacts> = {
    'issue-closed': { ...fresh, now: { ...fresh.now, state: 'closed' } },
    'person-holds': { ...fresh, now: { ...fresh.now, labels: [HOLD_LABEL] } },
    'session-runs': { ...labelled, running: 'session/1' },
    'not-marked-yet': fresh,
    'not-committed': ended,
    'work-to-do': labelled,
    'no-result': having(idle, { 'commit/session/1': refused, 'commit/session/2': refused }),
    'not-pushed': committed,
    'push-refused': having(committed, { 'push/c1': refused }),
    'no-request-yet': pushed,
    'request-refused': having(pushed, { request: refused }),
    'not-said-yet': requested,
    'not-announced-yet': said,
    delivered: having(said, { notify: done(null) }),
  };

  it.each(Object.entries(cases))('reaches %s', (rule, facts) => {
    expect(taskPolicy.decide(facts).rule).toBe(rule);
  });

  it('has no rule that these cases leave out', () => {
    expect(taskPolicy.rules.map(({ id }) => id).sort()).toEqual(Object.keys(cases).sort());
  });

  it('comes to an end or to a person, whatever is refused', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), (refusals) => {
        let facts = fresh;
        for (const isRefused of refusals) {
          const { action } = taskPolicy.decide(facts);
          if (action.kind === 'end' || action.kind === 'wait') return;
          if (action.kind === 'session') facts = { ...facts, sessions: { ...facts.sessions, [action.key]: end } };
          else facts = having(facts, { [action.key.slice('task/x/'.length)]: isRefused ? refused : done({ id: 7, commit: 'c1' }) });
        }
        throw new Error('the task went on for 30 steps');
      }),
    );
  });
});
