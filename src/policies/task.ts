// What to do about a task, given its facts. Read from top to bottom: that is the whole behaviour.
import type { SessionEnd } from '../contracts/session.ts';
import type { TaskAction, TaskSnapshot } from '../contracts/task.ts';
import { always, policy } from './policy.ts';

export interface TaskFacts {
  readonly now: TaskSnapshot;
  /** Prefix of the keys of everything that is done for this task. */
  readonly id: string;
  /** Keys of the effects that are done or were refused, from the ledger. */
  readonly done: readonly string[];
  readonly sessions: Readonly<Record<string, SessionEnd>>;
  readonly running: string | null;
  /** Most sessions that are tried. */
  readonly tries: number;
}

export const WORKING_LABEL = 'signalbox: working';
export const HOLD_LABEL = 'signalbox: hold';
const DAY = 24 * 60;

export const taskPolicy = policy<TaskFacts, TaskAction>(
  {
    id: 'issue-closed',
    when: ({ now }) => now.issue.state === 'closed',
    because: () => 'The issue is closed.',
    then: () => ({ kind: 'end', outcome: { outcome: 'closed' } }),
  },
  {
    id: 'person-holds',
    when: ({ now }) => now.issue.labels.includes(HOLD_LABEL),
    because: () => `A person set the label "${HOLD_LABEL}".`,
    then: () => ({ kind: 'wait', forWhom: 'operator', atMostMinutes: DAY }),
  },
  {
    id: 'session-runs',
    when: ({ running }) => running !== null,
    because: ({ running }) => `${running} is at work.`,
    then: () => ({ kind: 'wait', forWhom: 'session', atMostMinutes: DAY }),
  },
  {
    id: 'not-marked-yet',
    when: (facts) => !did(facts, 'label'),
    because: () => 'People should see that somebody works on the issue.',
    then: (facts) => ({ kind: 'label', key: key(facts, 'label'), label: WORKING_LABEL }),
  },
  {
    id: 'work-to-do',
    when: (facts) => facts.now.commit === null && tried(facts) < facts.tries,
    because: (facts) => (tried(facts) === 0 ? 'Nobody has worked on it yet.' : `${lastEnd(facts)} left no commit.`),
    then: (facts) => ({ kind: 'session', key: `session/${tried(facts) + 1}` }),
  },
  {
    id: 'no-result',
    when: ({ now }) => now.commit === null,
    because: (facts) => `${tried(facts)} sessions left no commit; a person has to look.`,
    then: () => ({ kind: 'wait', forWhom: 'operator', atMostMinutes: DAY }),
  },
  {
    id: 'not-pushed',
    when: ({ now }) => now.pushed !== now.commit,
    because: ({ now }) => `The forge has not seen ${now.commit}.`,
    then: (facts) => ({
      kind: 'push',
      key: key(facts, `push/${facts.now.commit}`),
      commit: facts.now.commit ?? '',
      expected: facts.now.pushed,
    }),
  },
  {
    id: 'no-request-yet',
    when: ({ now }) => now.request === null,
    because: () => 'The branch is pushed and has no request.',
    then: (facts) => ({ kind: 'openRequest', key: key(facts, 'request'), head: facts.now.commit ?? '' }),
  },
  {
    id: 'not-said-yet',
    when: (facts) => !did(facts, 'comment'),
    because: ({ now }) => `The issue should name its request, #${now.request}.`,
    then: (facts) => ({ kind: 'comment', key: key(facts, 'comment'), text: `Proposed in #${facts.now.request}.` }),
  },
  {
    id: 'not-announced-yet',
    when: (facts) => !did(facts, 'notify'),
    because: () => 'Whoever subscribed wants to know.',
    then: (facts) => ({ kind: 'notify', key: key(facts, 'notify'), text: `Request #${facts.now.request} is open.` }),
  },
  {
    id: 'delivered',
    when: always,
    because: ({ now }) => `Request #${now.request} is open and announced.`,
    then: ({ now }) => ({ kind: 'end', outcome: { outcome: 'delivered', request: now.request ?? 0 } }),
  },
);

const key = ({ id }: TaskFacts, name: string): string => `${id}/${name}`;
const did = (facts: TaskFacts, name: string): boolean => facts.done.includes(key(facts, name));
const tried = ({ sessions }: TaskFacts): number => Object.keys(sessions).length;

function lastEnd(facts: TaskFacts): string {
  const name = `session/${tried(facts)}`;
  return `${name} (${facts.sessions[name]?.outcome ?? 'unknown'})`;
}
