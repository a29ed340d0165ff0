// When a request conflicts with its base, or has to be brought up to date with it: git does it where that is mechanical, else a session
// within limits, else a person. What is taken in is kept by the commits of both sides, so each pair is tried once.
import type { BaseTaken, BaseUpdate, MergeRequestAction } from '../contracts/merge-request-actions.ts';
import {
  CHECK_MINUTES,
  headOf,
  isMissing,
  keyOf,
  last,
  operator,
  pendingGates,
  resultOf,
  short,
  TAKE_BASE,
  unmet,
  type MergeRequestFacts,
} from './merge-request-facts.ts';
import type { Rule } from './policy.ts';

type TakeBase = Extract<MergeRequestAction, { kind: 'takeBase' }>;

const RESOLVE = 'resolve/';
const COMMIT = 'commit/';

const baseOf = ({ now }: MergeRequestFacts): string => now.forge.base.commit;
const branchOf = ({ now }: MergeRequestFacts): string => now.forge.base.branch;
export const takeBaseName = (facts: MergeRequestFacts): string => `${TAKE_BASE}${headOf(facts)}/${baseOf(facts)}`;
const outcomeOf = (facts: MergeRequestFacts): BaseTaken | undefined => resultOf<BaseTaken>(facts, takeBaseName(facts));

const conflicts = ({ now }: MergeRequestFacts): boolean => now.forge.merge === 'conflict';

/** Behind, and nothing else is missing but what people say: they shall look at what would be merged. */
const isOnlyBehind = (facts: MergeRequestFacts): boolean =>
  facts.now.forge.merge === 'behind' &&
  !facts.now.forge.queue &&
  pendingGates(facts).length === 0 &&
  unmet(facts).others.every(({ name }) => name === 'mergeable');

/** A rebase leaves the branch's commits behind, so all of them must be ours: nothing came from people before we had it in hand, nor since. */
const mayRewrite = ({ request, done }: MergeRequestFacts): boolean =>
  request.tell !== null &&
  request.author !== null &&
  request.generation === 1 &&
  !Object.keys(done).some((name) => name.startsWith('take-up/'));

const howToTake = (facts: MergeRequestFacts): BaseUpdate => (mayRewrite(facts) ? facts.updateBy : 'merge');

const taking = (facts: MergeRequestFacts, why: TakeBase['why']): Omit<TakeBase, 'kind'> => ({
  key: keyOf(facts, takeBaseName(facts)),
  head: headOf(facts),
  branch: branchOf(facts),
  base: baseOf(facts),
  why,
  how: howToTake(facts),
});

/** Times that the base was taken in, over the whole life of the request. */
const taken = ({ done }: MergeRequestFacts): number => Object.keys(done).filter((name) => name.startsWith(TAKE_BASE)).length;

// Sessions that resolve

const tried = ({ done }: MergeRequestFacts, of = RESOLVE): number =>
  Object.keys(done).filter((name) => name.startsWith(`${COMMIT}${of}`)).length;
const pairOf = (facts: MergeRequestFacts): string => `${RESOLVE}${baseOf(facts)}-${short(headOf(facts))}-`;
const resolveKey = (facts: MergeRequestFacts): string => `${pairOf(facts)}${tried(facts, pairOf(facts)) + 1}`;

/** Commit of the base that a session has merged; undefined for sessions that did something else. */
export const mergedBy = (session: string): string | undefined => /^resolve\/([^/-]+)-/.exec(session)?.[1];

/** Each pair of commits once, and again for whoever has words for it. */
const mayResolve = (facts: MergeRequestFacts): boolean =>
  facts.told.length > 0 || (tried(facts, pairOf(facts)) === 0 && tried(facts) < facts.limits.resolutions);

export const MERGE_REQUEST_CONFLICTS: readonly Rule<MergeRequestFacts, MergeRequestAction>[] = [
  {
    id: 'base-conflicts',
    when: (facts) => conflicts(facts) && isMissing(facts, takeBaseName(facts)) && taken(facts) < facts.limits.updates,
    because: (facts) =>
      `The forge says that it conflicts with ${branchOf(facts)} at ${short(baseOf(facts))}: git tells whether that is mechanical.`,
    then: (facts) => ({ kind: 'takeBase', ...taking(facts, 'conflict') }),
  },
  {
    id: 'conflict-doubted',
    when: (facts) => conflicts(facts) && outcomeOf(facts)?.conflicts.length === 0 && outcomeOf(facts)?.commit === null,
    because: (facts) => `The forge says that it conflicts with ${branchOf(facts)}, and git says otherwise: ${outcomeOf(facts)?.because}`,
    then: () => ({ kind: 'wait', forWhom: 'forge', atMostMinutes: CHECK_MINUTES }),
  },
  {
    id: 'conflict-to-resolve',
    when: (facts) => conflicts(facts) && (outcomeOf(facts)?.conflicts.length ?? 0) > 0 && mayResolve(facts),
    because: (facts) => `It conflicts with ${branchOf(facts)} in ${outcomeOf(facts)?.conflicts.join(', ')}.`,
    then: (facts) => ({
      kind: 'session',
      key: resolveKey(facts),
      playbook: 'resolve-conflicts',
      head: last(facts),
      about: outcomeOf(facts)?.conflicts ?? [],
      base: baseOf(facts),
    }),
  },
  {
    id: 'conflict-unresolved',
    when: conflicts,
    because: (facts) => {
      const where = outcomeOf(facts)?.conflicts.join(', ') ?? '';
      const by = `${taken(facts)} times git has looked, and ${tried(facts)} sessions have tried`;
      return `It conflicts with ${branchOf(facts)}${where === '' ? '' : ` in ${where}`}. ${by}; a person has to resolve it.`;
    },
    then: operator,
  },
];

export const MERGE_REQUEST_BEHIND: readonly Rule<MergeRequestFacts, MergeRequestAction>[] = [
  {
    id: 'behind-base',
    when: (facts) => isOnlyBehind(facts) && isMissing(facts, takeBaseName(facts)) && taken(facts) < facts.limits.updates,
    because: (facts) => `${branchOf(facts)} wants it up to date, and has moved to ${short(baseOf(facts))}.`,
    then: (facts) => ({ kind: 'takeBase', ...taking(facts, 'behind') }),
  },
  {
    id: 'base-taken-unseen',
    when: (facts) => isOnlyBehind(facts) && outcomeOf(facts)?.commit === null && outcomeOf(facts)?.conflicts.length === 0,
    because: (facts) => `The forge says that it is behind ${branchOf(facts)}, and git says otherwise: ${outcomeOf(facts)?.because}`,
    then: () => ({ kind: 'wait', forWhom: 'forge', atMostMinutes: CHECK_MINUTES }),
  },
];

/** Its checks failed in the merge queue of a base that it does not have yet: with that, its own CI shows what is wrong. */
export const mayTakeQueuesBase = (facts: MergeRequestFacts): boolean =>
  isMissing(facts, takeBaseName(facts)) && taken(facts) < facts.limits.updates;
export const takeQueuesBase = (facts: MergeRequestFacts): MergeRequestAction => ({ kind: 'takeBase', ...taking(facts, 'queue') });
