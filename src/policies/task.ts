// What to do about a task, given its facts. Read from top to bottom: that is the whole behaviour.
import type { EffectOutcome } from '../contracts/effect.ts';
import type { SessionEnd } from '../contracts/session.ts';
import type { TaskAction, TaskSnapshot } from '../contracts/task.ts';
import { always, policy } from './policy.ts';

export interface TaskFacts {
  readonly now: TaskSnapshot;
  /** Prefix of the keys of everything that is done for this task. */
  readonly id: string;
  /** What was done or refused, from the ledger, by the rest of the key. Not from the forge: its lists lag. */
  readonly done: Readonly<Record<string, EffectOutcome<unknown>>>;
  readonly sessions: Readonly<Record<string, SessionEnd>>;
  /** Key of the session that runs now. */
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
    when: ({ now }) => now.state === 'closed',
    because: () => 'The issue is closed.',
    then: () => ({ kind: 'end', outcome: { outcome: 'closed' } }),
  },
  {
    id: 'person-holds',
    when: ({ now }) => now.labels.includes(HOLD_LABEL),
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
    when: isMissing('label'),
    because: () => 'People should see that somebody works on the issue.',
    then: ({ id }) => ({ kind: 'label', key: `${id}/label`, label: WORKING_LABEL }),
  },
  {
    id: 'not-committed',
    when: (facts) => lastSession(facts) !== null && isMissing(commitName(facts))(facts),
    because: (facts) =>
      `${lastSession(facts)} has ended (${facts.sessions[lastSession(facts) ?? '']?.outcome}); what it left becomes a commit.`,
    then: (facts) => ({ kind: 'commit', key: `${facts.id}/${commitName(facts)}`, at: facts.now.createdAt }),
  },
  {
    id: 'work-to-do',
    when: (facts) => commitOf(facts) === null && tried(facts) < facts.tries,
    because: (facts) => (tried(facts) === 0 ? 'Nobody has worked on it yet.' : `${lastSession(facts)} left no change.`),
    then: (facts) => ({ kind: 'session', key: `session/${tried(facts) + 1}` }),
  },
  {
    id: 'no-result',
    when: (facts) => commitOf(facts) === null,
    because: (facts) => `${tried(facts)} sessions left no change; a person has to look.`,
    then: () => ({ kind: 'wait', forWhom: 'operator', atMostMinutes: DAY }),
  },
  {
    id: 'not-pushed',
    when: (facts) => isMissing(pushName(facts))(facts),
    because: (facts) => `The forge has not seen ${commitOf(facts)}.`,
    then: (facts) => ({ kind: 'push', key: `${facts.id}/${pushName(facts)}`, commit: commitOf(facts) ?? '', expected: facts.now.pushed }),
  },
  {
    id: 'push-refused',
    when: (facts) => facts.done[pushName(facts)]?.state === 'refused',
    because: (facts) => `The branch could not be pushed: ${refusal(facts, pushName(facts))}`,
    then: () => ({ kind: 'wait', forWhom: 'operator', atMostMinutes: DAY }),
  },
  {
    id: 'no-request-yet',
    when: isMissing('request'),
    because: () => 'The branch is pushed and has no request.',
    then: ({ id }) => ({ kind: 'openRequest', key: `${id}/request` }),
  },
  {
    id: 'request-refused',
    when: ({ done }) => done['request']?.state === 'refused',
    because: (facts) => `The request could not be opened: ${refusal(facts, 'request')}`,
    then: () => ({ kind: 'wait', forWhom: 'operator', atMostMinutes: DAY }),
  },
  {
    id: 'not-said-yet',
    when: isMissing('comment'),
    because: (facts) => `The issue should name its request, #${request(facts)}.`,
    then: (facts) => ({ kind: 'comment', key: `${facts.id}/comment`, text: `Proposed in #${request(facts)}.` }),
  },
  {
    id: 'not-announced-yet',
    when: isMissing('notify'),
    because: () => 'Whoever subscribed wants to know.',
    then: (facts) => ({ kind: 'notify', key: `${facts.id}/notify`, text: `Request #${request(facts)} is open.` }),
  },
  {
    id: 'delivered',
    when: always,
    because: (facts) => `Request #${request(facts)} is open and announced.`,
    then: (facts) => ({ kind: 'end', outcome: { outcome: 'delivered', request: request(facts) } }),
  },
);

function isMissing(name: string): (facts: TaskFacts) => boolean {
  return ({ done }) => done[name] === undefined;
}

const tried = ({ sessions }: TaskFacts): number => Object.keys(sessions).length;
const lastSession = (facts: TaskFacts): string | null => (tried(facts) === 0 ? null : `session/${tried(facts)}`);
const commitName = (facts: TaskFacts): string => `commit/${lastSession(facts)}`;
const pushName = (facts: TaskFacts): string => `push/${commitOf(facts)}`;
const request = (facts: TaskFacts): number => resultOf<{ id: number }>(facts, 'request')?.id ?? 0;
const commitOf = (facts: TaskFacts): string | null => resultOf<{ commit: string }>(facts, commitName(facts))?.commit ?? null;

function resultOf<Result>({ done }: TaskFacts, name: string): Result | undefined {
  const outcome = done[name];
  return outcome?.state === 'done' ? (outcome.result as Result) : undefined;
}

function refusal({ done }: TaskFacts, name: string): string {
  const outcome = done[name];
  return outcome?.state === 'refused' ? outcome.because : '';
}
