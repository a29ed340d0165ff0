// When a request may be merged: its gates by who can bring what is missing, then the merge lane of its repository.
import type { MergeRequestAction } from '../contracts/merge-request-actions.ts';
import type { MergeOutcome } from '../contracts/merge-lane.ts';
import { MERGE_REQUEST_BEHIND, mayTakeQueuesBase, takeQueuesBase } from './merge-request-base.ts';
import {
  escalation,
  headOf,
  nameOf,
  pendingGates,
  requeueId,
  REST_MINUTES,
  reviewerToAsk,
  short,
  unmet,
  wishes,
  type MergeRequestFacts,
  operator,
  people,
  keyOf,
  PERSON_MINUTES,
  CHECK_MINUTES,
  MACHINE_MINUTES,
} from './merge-request-facts.ts';
import { isProofOutdated, proofName } from './merge-request-shown.ts';
import type { Rule } from './policy.ts';

/** Whether it can be merged at all is worth knowing soon: nobody tells when the forge has found out, or lets go of it. */
const UNTIL_LOOKED: Partial<Record<MergeRequestFacts['now']['forge']['merge'], number>> = {
  pending: CHECK_MINUTES,
  blocked: MACHINE_MINUTES,
};

/** For what comes by itself. That checks end is told; that none begin is not. */
export function waitForPending(facts: MergeRequestFacts): MergeRequestAction {
  const pending = pendingGates(facts).map(({ name }) => name);
  const isTold = !facts.now.forge.checksMayCome && pending.every((name) => name === 'checks');
  return {
    kind: 'wait',
    forWhom: pending.includes('checks') ? 'ci' : 'forge',
    atMostMinutes: isTold ? MACHINE_MINUTES : CHECK_MINUTES,
  };
}

type Refused = Extract<MergeOutcome, { state: 'refused' }> & { readonly fresh: boolean; readonly rested: boolean };

/** How the newest wish for the head was refused; null where it was not. */
function newestRefusal(facts: MergeRequestFacts): Refused | null {
  const newest = wishes(facts).at(-1);
  return newest?.outcome?.state === 'refused' ? { ...newest.outcome, fresh: newest.fresh, rested: newest.rested } : null;
}

/** What the forge's merge queue let go of the head for; null where it did not, or has it. */
function leftQueue(facts: MergeRequestFacts): Refused | null {
  const refused = newestRefusal(facts);
  return refused?.queue === undefined ? null : refused;
}

/** What has left the forge's merge queue: what is done before it goes there again, as often as any wish for a merge. */
const MERGE_REQUEST_QUEUE: readonly Rule<MergeRequestFacts, MergeRequestAction>[] = [
  {
    id: 'taken-out-by-person',
    when: (facts) => leftQueue(facts)?.queue?.for === 'person' && facts.answers[requeueId(facts)] !== 'approve',
    because: (facts) => `${leftQueue(facts)?.because} It stays out until somebody wants it there.`,
    then: operator,
  },
  {
    id: 'conflicts-in-queue',
    when: (facts) => leftQueue(facts)?.queue?.for === 'conflict' && leftQueue(facts)?.rested === false && !hasBaseMoved(facts),
    because: (facts) => `${leftQueue(facts)?.because} It is tried again when that is merged, or after ${REST_MINUTES} minutes.`,
    then: () => ({ kind: 'wait', forWhom: 'forge', atMostMinutes: REST_MINUTES }),
  },
  {
    id: 'red-in-queue',
    when: (facts) => leftQueue(facts)?.queue?.for === 'checks' && mayTakeQueuesBase(facts),
    because: (facts) => `${leftQueue(facts)?.because} With what ${facts.now.forge.base.branch} is now, its own checks show what is wrong.`,
    then: takeQueuesBase,
  },
];

const hasBaseMoved = (facts: MergeRequestFacts): boolean => facts.now.forge.base.commit !== leftQueue(facts)?.queue?.base;

export const MERGE_REQUEST_MERGING: readonly Rule<MergeRequestFacts, MergeRequestAction>[] = [
  {
    id: 'not-known-yet',
    when: (facts) => pendingGates(facts).length > 0,
    because: (facts) => [...new Set(pendingGates(facts).map(({ because }) => because))].join(' '),
    then: waitForPending,
  },
  ...MERGE_REQUEST_BEHIND,
  {
    id: 'gates-unmet',
    when: (facts) => unmet(facts).others.length > 0,
    because: (facts) =>
      unmet(facts)
        .others.map(({ because }) => because)
        .join(' '),
    then: operator,
  },
  {
    id: 'reviewer-unasked',
    when: (facts) => reviewerToAsk(facts) !== null,
    because: (facts) => `${reviewerToAsk(facts)} wanted changes, and has not seen ${short(headOf(facts))}.`,
    then: (facts) => {
      const reviewer = reviewerToAsk(facts) ?? '';
      return { kind: 'askReviewer', key: keyOf(facts, nameOf.askReviewer(facts, reviewer)), reviewer };
    },
  },
  {
    id: 'proof-outdated',
    when: (facts) => unmet(facts).approvals.length > 0 && isProofOutdated(facts),
    because: (facts) => `Whoever is to approve should see what was proven of ${short(headOf(facts))}.`,
    then: (facts) => ({ kind: 'proof', key: keyOf(facts, proofName(facts)), escalated: escalation(facts) }),
  },
  {
    id: 'approval-missing',
    when: (facts) => unmet(facts).approvals.length > 0,
    because: (facts) =>
      unmet(facts)
        .approvals.map(({ because }) => because)
        .join(' '),
    then: ({ now }) => ({ kind: 'wait', forWhom: 'reviewer', atMostMinutes: UNTIL_LOOKED[now.forge.merge] ?? PERSON_MINUTES }),
  },
  {
    id: 'left-to-people',
    when: ({ custody }) => custody.policy !== 'merge',
    because: ({ custody }) => `Nothing is left to do; people merge it (in our hands to ${custody.policy}).`,
    then: people,
  },
  {
    id: 'merging',
    when: (facts) => wishes(facts).at(-1)?.outcome === null,
    because: (facts) => `The merge lane has ${short(headOf(facts))} before it.`,
    then: () => ({ kind: 'wait', forWhom: 'lane', atMostMinutes: MACHINE_MINUTES }),
  },
  {
    id: 'merged-unseen',
    when: (facts) => wishes(facts).at(-1)?.outcome?.state.startsWith('merged') === true,
    because: () => 'It is merged, and the forge does not show it yet.',
    then: () => ({ kind: 'wait', forWhom: 'forge', atMostMinutes: CHECK_MINUTES }),
  },
  ...MERGE_REQUEST_QUEUE,
  {
    id: 'merge-refused',
    when: (facts) => wishes(facts).length >= facts.limits.wishes,
    because: (facts) =>
      `The merge lane has refused ${short(headOf(facts))} ${wishes(facts).length} times: ${newestRefusal(facts)?.because ?? ''}`,
    then: operator,
  },
  {
    id: 'refused-just-now',
    when: (facts) => newestRefusal(facts)?.fresh === true,
    because: (facts) =>
      `The merge lane has refused ${short(headOf(facts))}, and may have been shown less than we were: ${newestRefusal(facts)?.because}`,
    then: ({ limits }) => ({ kind: 'wait', forWhom: 'forge', atMostMinutes: limits.lagSeconds / 60 }),
  },
];
