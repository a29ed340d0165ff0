// What to do about a task, given its facts. Read from top to bottom: that is the whole behaviour.
import { times } from '../contracts/budget.ts';
import type { Told } from '../contracts/directive.ts';
import { accessName } from '../contracts/refusal.ts';
import type { TaskAction } from '../contracts/task.ts';
import { declined, heldBy, inWords } from './directives.ts';
import { runs } from './plan.ts';
import { always, policy } from './policy.ts';
import { LOOK_AGAIN_MINUTES, questionAbout, whyRefused } from './refusal.ts';
import {
  DAY,
  FOUND,
  HOLD_LABEL,
  WORKING_LABEL,
  answersTo,
  ask,
  commitName,
  commitOf,
  failedFollowed,
  hasWorked,
  how,
  inAmounts,
  isMissing,
  isWorkDue,
  lateFollowed,
  lastReview,
  lastSession,
  mergedOutcome,
  namesOf,
  overspent,
  reasonOf,
  refusedByPerson,
  request,
  reviewName,
  short,
  tried,
  type TaskFacts,
} from './task-facts.ts';
import { TASK_REQUEST } from './task-request.ts';

export const taskPolicy = policy<TaskFacts, TaskAction>(
  {
    id: 'merge-not-announced',
    when: (facts) => facts.requestEnd?.outcome === 'merged' && isMissing('notify-merged')(facts),
    because: (facts) => `Request #${request(facts)} is merged; whoever subscribed wants to know.`,
    then: (facts) => ({ kind: 'notify', key: `${facts.id}/notify-merged`, text: `Request #${request(facts)} is merged.` }),
  },
  {
    id: 'merged',
    when: ({ requestEnd }) => requestEnd?.outcome === 'merged',
    because: (facts) => `Request #${request(facts)} is merged.`,
    then: (facts) => ({ kind: 'end', outcome: mergedOutcome(facts) }),
  },
  {
    id: 'request-closed',
    when: ({ requestEnd }) => requestEnd?.outcome === 'closed',
    because: (facts) => `Request #${request(facts)} was closed unmerged.`,
    then: () => ({ kind: 'end', outcome: { outcome: 'closed' } }),
  },
  {
    id: 'request-released',
    when: ({ requestEnd }) => requestEnd?.outcome === 'released',
    because: (facts) => `Request #${request(facts)} was given back to people, who do the rest.`,
    then: (facts) => ({ kind: 'end', outcome: { outcome: 'delivered', request: request(facts) } }),
  },
  {
    // Once the request has an owner, the issue may close because the request is merged: its owner will tell.
    id: 'issue-closed',
    when: (facts) => facts.now.state === 'closed' && isMissing('own')(facts),
    because: () => 'The issue is closed.',
    then: () => ({ kind: 'end', outcome: { outcome: 'closed' } }),
  },
  {
    id: 'person-gave-up',
    when: (facts) => refusedByPerson(facts) !== undefined,
    because: (facts) => `A person said no${reasonOf(facts)}.`,
    then: (facts) => ({ kind: 'end', outcome: { outcome: 'given up', because: `A person said no${reasonOf(facts)}.` } }),
  },
  {
    id: 'followed-task-failed',
    when: ({ after }) => after.some(({ state }) => state === 'failed'),
    because: failedFollowed,
    then: (facts) => ({ kind: 'end', outcome: { outcome: 'failed', because: failedFollowed(facts) } }),
  },
  {
    id: 'followed-tasks-late',
    when: ({ after, afterLeft }) => afterLeft === 0 && after.some(({ state }) => state === 'open'),
    because: lateFollowed,
    then: (facts) => ({ kind: 'end', outcome: { outcome: 'failed', because: lateFollowed(facts) } }),
  },
  {
    id: 'directive-given',
    when: ({ told }) => told.length > 0,
    because: (facts) => {
      const { by, directive } = nextTold(facts);
      const no = declined(nextTold(facts), facts);
      return `${by} said: ${inWords(directive)}${no === null ? '' : `; but ${no}`}.`;
    },
    then: (facts) => {
      const { mail, by, directive } = nextTold(facts);
      const no = declined(nextTold(facts), facts);
      return {
        kind: 'heed',
        key: `${facts.id}/directive/${facts.heeded.length + 1}`,
        mail,
        by,
        directive,
        declined: no,
        approves: directive.kind === 'approve' && no === null ? (facts.approvable[0]?.id ?? null) : null,
      };
    },
  },
  {
    id: 'person-said-hold',
    when: ({ heeded }) => heldBy(heeded) !== null,
    because: ({ heeded }) => `${heldBy(heeded)} said: hold.`,
    then: () => ({ kind: 'wait', forWhom: 'operator', atMostMinutes: DAY }),
  },
  {
    id: 'followed-tasks-open',
    when: ({ after }) => after.some(({ state }) => state === 'open'),
    because: ({ after }) => `It starts when merged: ${namesOf(after, 'open')}.`,
    then: ({ afterLeft }) => ({ kind: 'wait', forWhom: 'task', atMostMinutes: Math.min(afterLeft ?? DAY, DAY) }),
  },
  {
    // Before every rule that looks at what the forge shows, which is nothing then.
    id: 'forge-refuses',
    when: ({ refusal }) => refusal !== null,
    because: ({ refusal }) => (refusal === null ? '' : whyRefused(refusal)),
    then: (facts) => askAboutRefusal(facts),
  },
  {
    id: 'person-holds',
    when: ({ now }) => now.labels.includes(HOLD_LABEL),
    because: () => `A person set the label "${HOLD_LABEL}".`,
    then: () => ({ kind: 'wait', forWhom: 'operator', atMostMinutes: DAY }),
  },
  {
    id: 'work-under-way',
    when: ({ running }) => running.length > 0,
    because: ({ running }) => `${running.join(' and ')} ${running.length === 1 ? 'is' : 'are'} at work.`,
    then: ({ running }) => ({
      kind: 'wait',
      forWhom: running[0]?.startsWith('review/') === true ? 'review' : 'session',
      atMostMinutes: DAY,
    }),
  },
  {
    id: 'not-marked-yet',
    when: (facts) => facts.hasIssue && isMissing('label')(facts),
    because: () => 'People should see that somebody works on the issue.',
    then: ({ id }) => ({ kind: 'label', key: `${id}/label`, label: WORKING_LABEL }),
  },
  {
    // T3: who has pushed to the branch already wants that reviewed and proposed, not written again.
    id: 'code-complete',
    when: (facts) => facts.now.pushed !== null && tried(facts, 'code') === 0 && isMissing(FOUND)(facts),
    because: (facts) => `Somebody has pushed ${short(facts.now.pushed)} to its branch before anybody of ours has worked.`,
    then: (facts) => ({ kind: 'takeUp', key: `${facts.id}/${FOUND}`, commit: facts.now.pushed ?? '' }),
  },
  {
    id: 'budget-spent',
    when: (facts) => overspent(facts) !== null && isWorkDue(facts),
    because: (facts) => `It has spent ${overspent(facts)}.`,
    then: (facts) => askForMore(facts),
  },
  {
    id: 'not-classified',
    when: (facts) => runs(facts.plan, 'classify') && !facts.classified && tried(facts, 'classify') < facts.tries,
    because: (facts) =>
      tried(facts, 'classify') === 0
        ? 'Risk and size decide which phases run.'
        : `${lastSession(facts, 'classify')} gave no classification.`,
    then: (facts) => ({ kind: 'session', key: `classify/${tried(facts, 'classify') + 1}`, playbook: 'classify' }),
  },
  {
    id: 'not-committed',
    when: (facts) => hasWorked(facts) && isMissing(commitName(facts))(facts),
    because: (facts) =>
      `${lastSession(facts, 'code')} has ended (${facts.sessions[lastSession(facts, 'code') ?? '']?.outcome}); what it left becomes a commit.`,
    then: (facts) => ({
      kind: 'commit',
      key: `${facts.id}/${commitName(facts)}`,
      session: lastSession(facts, 'code') ?? '',
      at: facts.now.createdAt,
    }),
  },
  {
    id: 'work-to-do',
    when: (facts) => commitOf(facts) === null && tried(facts, 'code') < facts.tries + answersTo(facts, 'no-result'),
    because: (facts) => (tried(facts, 'code') === 0 ? 'Nobody has worked on it yet.' : `${lastSession(facts, 'code')} left no change.`),
    then: (facts) => ({ kind: 'session', key: `code/${tried(facts, 'code') + 1}`, playbook: 'code' }),
  },
  {
    id: 'no-result',
    when: (facts) => commitOf(facts) === null,
    because: (facts) => `${tried(facts, 'code')} sessions left no change; a person has to look.`,
    then: (facts) =>
      ask(
        facts,
        `no-result/${tried(facts, 'code')}`,
        `${tried(facts, 'code')} sessions left no change (${how(facts)}). What shall be done?`,
        ['answer'],
      ),
  },
  {
    id: 'not-reviewed',
    when: (facts) => runs(facts.plan, 'review') && lastReview(facts) === null,
    because: (facts) => `Nobody has reviewed ${short(commitOf(facts))}.`,
    then: (facts) => ({ kind: 'review', key: `review/${Object.keys(facts.reviews).length + 1}`, head: commitOf(facts) ?? '' }),
  },
  {
    id: 'review-not-clean',
    when: (facts) => lastReview(facts)?.verdict === 'person' && answersTo(facts, reviewName(facts)) === 0,
    because: (facts) => `The review ended without a clean head: ${lastReview(facts)?.because ?? ''}`,
    then: (facts) =>
      ask(facts, reviewName(facts), `The review is not clean: ${lastReview(facts)?.because ?? ''} Propose the change all the same?`, [
        'approve',
      ]),
  },
  ...TASK_REQUEST,
  {
    id: 'request-watched',
    when: ({ plan }) => runs(plan, 'merge'),
    because: (facts) => `The owner of request #${request(facts)} will tell how it ends.`,
    then: () => ({ kind: 'wait', forWhom: 'request', atMostMinutes: DAY }),
  },
  {
    id: 'delivered',
    when: always,
    because: (facts) => `Request #${request(facts)} is open and announced.`,
    then: (facts) => ({ kind: 'end', outcome: { outcome: 'delivered', request: request(facts) } }),
  },
);

function nextTold({ told: [next] }: TaskFacts): Told {
  if (next === undefined) throw new Error('it was told nothing');
  return next;
}

function askAboutRefusal(facts: TaskFacts): TaskAction {
  const { refusal, name } = facts;
  if (refusal === null) throw new Error('nothing is refused');
  const question = `${questionAbout(name, refusal)} To reject ends the task.`;
  return ask(facts, accessName(refusal.number), question, ['confirm', 'answer'], LOOK_AGAIN_MINUTES);
}

function askForMore(facts: TaskFacts): TaskAction {
  const asked = answersTo(facts, 'budget');
  const more = inAmounts(times(facts.budget.allowed, 1 / (asked + 1)));
  const question = `${facts.name} has spent ${overspent(facts)}. May it spend ${more} more? To reject ends the task.`;
  return ask(facts, `budget/${asked}`, question, ['approve']);
}
