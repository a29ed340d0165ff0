// A request that is only watched: what stands between it and its merge, and who could bring that. Nothing is done about it.
import type { MergeRequestAction } from '../contracts/merge-request-actions.ts';
import { pendingGates, people, short, unmet, type MergeRequestFacts, headOf, PERSON_MINUTES } from './merge-request-facts.ts';
import { waitForPending } from './merge-request-merging.ts';
import type { Rule } from './policy.ts';

const isWatched = ({ custody }: MergeRequestFacts): boolean => custody.policy === 'watch';
const reasons = (gates: readonly { readonly because: string }[]): string => gates.map(({ because }) => because).join(' ');

export const MERGE_REQUEST_WATCHED: readonly Rule<MergeRequestFacts, MergeRequestAction>[] = [
  {
    id: 'watched-unmet',
    when: (facts) => isWatched(facts) && unmet(facts).others.length > 0,
    because: (facts) => reasons(unmet(facts).others),
    then: people,
  },
  {
    id: 'watched-unknown',
    when: (facts) => isWatched(facts) && pendingGates(facts).length > 0,
    because: (facts) => reasons(pendingGates(facts)),
    then: waitForPending,
  },
  {
    id: 'watched-unapproved',
    when: (facts) => isWatched(facts) && unmet(facts).approvals.length > 0,
    because: (facts) => reasons(unmet(facts).approvals),
    then: () => ({ kind: 'wait', forWhom: 'reviewer', atMostMinutes: PERSON_MINUTES }),
  },
  {
    id: 'watched-ready',
    when: isWatched,
    because: (facts) => `Nothing stands between ${short(headOf(facts))} and its merge; people merge it.`,
    then: people,
  },
];
