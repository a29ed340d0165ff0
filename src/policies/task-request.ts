// How a task's work becomes a request: pushed, opened, said, and handed to whoever owns it.
import type { TaskAction } from '../contracts/task.ts';
import type { Completion } from '../contracts/request-policy.ts';
import { runs } from './plan.ts';
import type { Rule } from './policy.ts';
import {
  ask,
  completion,
  foundOf,
  headOf,
  isDraft,
  isMissing,
  lastSession,
  pushName,
  refusalOf,
  request,
  requestName,
  short,
  type TaskFacts,
} from './task-facts.ts';

/** What was found needs no push as long as the review has changed nothing. */
const isFoundThere = (facts: TaskFacts): boolean => foundOf(facts) === headOf(facts) && facts.now.pushed === headOf(facts);

const COMPLETE = 'complete';
const isToComplete = (facts: TaskFacts): boolean => {
  const { labels, milestone, reviewers } = completion(facts);
  return labels.length > 0 || milestone !== null || reviewers.length > 0;
};
const saidOf = ({ labels, milestone, reviewers }: Completion): string =>
  [
    ...(labels.length > 0 ? [`labels ${labels.join(', ')}`] : []),
    ...(milestone === null ? [] : [`milestone ${milestone}`]),
    ...(reviewers.length > 0 ? [`reviewers ${reviewers.join(', ')}`] : []),
  ].join('; ');

export const TASK_REQUEST: readonly Rule<TaskFacts, TaskAction>[] = [
  {
    id: 'not-pushed',
    when: (facts) => isMissing(pushName(facts))(facts) && !isFoundThere(facts),
    because: (facts) => `The forge has not seen ${short(headOf(facts))}.`,
    then: (facts) => ({ kind: 'push', key: `${facts.id}/${pushName(facts)}`, commit: headOf(facts), expected: facts.now.pushed }),
  },
  {
    id: 'push-refused',
    when: (facts) => facts.done[pushName(facts)]?.state === 'refused',
    because: (facts) => `The branch could not be pushed: ${refusalOf(facts, pushName(facts))}`,
    then: (facts) =>
      ask(facts, pushName(facts), `The branch could not be pushed: ${refusalOf(facts, pushName(facts))} Try again?`, ['approve']),
  },
  {
    id: 'no-request-yet',
    when: (facts) => isMissing(requestName(facts))(facts),
    because: (facts) => `The branch is pushed and has no request.${isDraft(facts) ? ' People shall say when it is ready: a draft.' : ''}`,
    then: (facts) => ({
      kind: 'openRequest',
      pipeline: facts.pipeline,
      key: `${facts.id}/${requestName(facts)}`,
      session: lastSession(facts, 'code') ?? '',
      draft: isDraft(facts),
    }),
  },
  {
    id: 'request-refused',
    when: (facts) => facts.done[requestName(facts)]?.state === 'refused',
    because: (facts) => `The request could not be opened: ${refusalOf(facts, requestName(facts))}`,
    then: (facts) =>
      ask(facts, requestName(facts), `The request could not be opened: ${refusalOf(facts, requestName(facts))} Try again?`, ['approve']),
  },
  {
    id: 'not-completed-yet',
    when: (facts) => isMissing(COMPLETE)(facts) && isToComplete(facts),
    because: (facts) => `Request #${request(facts)} gets what its issue and the settings say: ${saidOf(completion(facts))}.`,
    then: (facts) => ({ kind: 'complete', key: `${facts.id}/${COMPLETE}`, request: request(facts), ...completion(facts) }),
  },
  {
    id: 'completion-refused',
    when: (facts) => facts.done[COMPLETE]?.state === 'refused' && facts.answers[COMPLETE] === undefined,
    because: (facts) => `The forge does not take all of it: ${refusalOf(facts, COMPLETE)}`,
    then: (facts) => ({
      kind: 'ask',
      key: `${facts.id}/ask/${COMPLETE}`,
      accepts: [],
      question: `Request #${request(facts)} is open, but the forge does not take all that belongs to it: ${refusalOf(facts, COMPLETE)}`,
    }),
  },
  {
    id: 'not-said-yet',
    when: (facts) => facts.hasIssue && isMissing('comment')(facts),
    because: (facts) => `The issue should name its request, #${request(facts)}.`,
    then: (facts) => ({
      kind: 'comment',
      key: `${facts.id}/comment`,
      text: `Proposed in #${request(facts)}.`,
      request: request(facts),
    }),
  },
  {
    id: 'not-announced-yet',
    when: isMissing('notify'),
    because: () => 'Whoever subscribed wants to know.',
    then: (facts) => ({ kind: 'notify', key: `${facts.id}/notify`, text: `Request #${request(facts)} is open.` }),
  },
  {
    id: 'not-owned-yet',
    when: (facts) => runs(facts.plan, 'merge') && isMissing('own')(facts),
    because: (facts) => `Request #${request(facts)} needs somebody who watches it until it is merged.`,
    then: (facts) => ({
      kind: 'own',
      key: `${facts.id}/own`,
      request: request(facts),
      head: headOf(facts),
      pipeline: facts.pipeline,
    }),
  },
  {
    // No session of the task will read them any more: those of the request's owner do.
    id: 'words-for-the-request',
    when: ({ words, owner }) => words.length > 0 && owner !== null,
    because: (facts) =>
      `${[...new Set(facts.words.map(({ by }) => by))].join(' and ')} said something: request #${request(facts)} is worked on by its owner.`,
    then: ({ words, owner }) => ({ kind: 'passOn', to: owner ?? '', mail: words.map(({ mail }) => mail) }),
  },
];
