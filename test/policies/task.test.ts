// The task's rules: each can fire, and a world that answers leads every task to its end.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SessionEnd } from '../../src/contracts/session.ts';
import { HOLD_LABEL, taskPolicy, type TaskFacts } from '../../src/policies/task.ts';

const end: SessionEnd = { outcome: 'completed', rule: 'model-finished', because: '' };
const fresh: TaskFacts = {
  now: { issue: { state: 'open', labels: [] }, commit: null, pushed: null, request: null },
  id: 'task/x',
  done: [],
  sessions: {},
  running: null,
  tries: 2,
};
const labelled: TaskFacts = { ...fresh, done: ['task/x/label'] };
const committed: TaskFacts = { ...labelled, sessions: { 'session/1': end }, now: { ...fresh.now, commit: 'c1' } };
const pushed: TaskFacts = { ...committed, now: { ...committed.now, pushed: 'c1' } };
const requested: TaskFacts = { ...pushed, now: { ...pushed.now, request: 7 } };
const said: TaskFacts = { ...requested, done: ['task/x/label', 'task/x/comment'] };

describe('the task policy', () => {
  const cases: Record<string, TaskFacts> = {
    'issue-closed': { ...fresh, now: { ...fresh.now, issue: { state: 'closed', labels: [] } } },
    'person-holds': { ...fresh, now: { ...fresh.now, issue: { state: 'open', labels: [HOLD_LABEL] } } },
    'session-runs': { ...labelled, running: 'session/1' },
    'not-marked-yet': fresh,
    'work-to-do': labelled,
    'no-result': { ...labelled, sessions: { 'session/1': end, 'session/2': end } },
    'not-pushed': committed,
    'no-request-yet': pushed,
    'not-said-yet': requested,
    'not-announced-yet': said,
    delivered: { ...said, done: [...said.done, 'task/x/notify'] },
  };

  it.each(Object.entries(cases))('reaches %s', (rule, facts) => {
    expect(taskPolicy.decide(facts).rule).toBe(rule);
  });

  it('has no rule that these cases leave out', () => {
    expect(taskPolicy.rules.map(({ id }) => id).sort()).toEqual(Object.keys(cases).sort());
  });

  it('comes to an end or to a person, whatever sessions leave behind', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.constant('c1')), { minLength: 2, maxLength: 2 }), (commits) => {
        let facts = fresh;
        for (let step = 0; step < 20; step++) {
          const { action } = taskPolicy.decide(facts);
          if (action.kind === 'end' || action.kind === 'wait') return;
          facts = after(facts, action, commits);
        }
        throw new Error('the task went on for 20 steps');
      }),
    );
  });
});

/** What the world is like when an action was applied. */
function after(facts: TaskFacts, action: ReturnType<typeof taskPolicy.decide>['action'], commits: (string | null)[]): TaskFacts {
  const { now } = facts;
  switch (action.kind) {
    case 'session': {
      const sessions = { ...facts.sessions, [action.key]: end };
      return { ...facts, sessions, now: { ...now, commit: commits[Object.keys(sessions).length - 1] ?? null } };
    }
    case 'push':
      return { ...facts, now: { ...now, pushed: action.commit } };
    case 'openRequest':
      return { ...facts, now: { ...now, request: 7 } };
    case 'label':
    case 'comment':
    case 'notify':
      return { ...facts, done: [...facts.done, action.key] };
    case 'end':
    case 'wait':
      return facts;
  }
}
