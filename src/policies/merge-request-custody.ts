// What people have said about whose hands a request is in stands above all else: one that rests or was given back is not touched.
import type { Custody } from '../contracts/custody.ts';
import type { MergeRequestAction } from '../contracts/merge-request-actions.ts';
import { escalation, hasEnded, isMissing, keyOf, operator, outcomeOf, type MergeRequestFacts } from './merge-request-facts.ts';
import type { Rule } from './policy.ts';

/** Also once that is on record, where a word that came meanwhile has made us look again. */
const isReleased = (facts: MergeRequestFacts): boolean =>
  facts.custody.state === 'released' || (facts.custody.state === 'ended' && !hasEnded(facts));
const isPaused = ({ custody }: MergeRequestFacts): boolean => custody.state === 'paused';
/** It is closed, and watched for being opened again: then it is paused as before. */
const mayReopen = ({ now, tracking }: MergeRequestFacts): boolean => now.forge.state === 'closed' && tracking === 'on';
const saidBy = ({ by, because }: Custody): string => `${by}: ${because}`;

const RELEASED = 'say/released';

export const MERGE_REQUEST_CUSTODY: readonly Rule<MergeRequestFacts, MergeRequestAction>[] = [
  {
    id: 'working-after-release',
    when: (facts) => isReleased(facts) && facts.running !== null,
    because: ({ custody, running }) => `It was given back to people (${saidBy(custody)}); ${running} has nothing to do any more.`,
    then: ({ running }) => ({ kind: 'stop', child: running ?? '' }),
  },
  {
    id: 'release-unsaid',
    when: (facts) => facts.custody.state === 'released' && !hasEnded(facts) && isMissing(facts, RELEASED),
    because: ({ custody }) => `It was given back to people (${saidBy(custody)}); that is said once.`,
    then: (facts) => ({
      kind: 'say',
      key: keyOf(facts, RELEASED),
      text:
        `${facts.custody.by} has taken this back, so I leave branch, threads and merging alone from here on.\n\n` +
        '`signalbox mr adopt` hands it over again.',
    }),
  },
  {
    id: 'released',
    when: isReleased,
    because: ({ custody }) => `It was given back to people (${saidBy(custody)}).`,
    then: () => ({ kind: 'end', outcome: { outcome: 'released' } }),
  },
  {
    id: 'merged-while-paused',
    when: (facts) => isPaused(facts) && facts.now.forge.state === 'merged' && isMissing(facts, 'log'),
    because: () => 'People have merged it while it was paused: the merge log says who, and which gates were not met.',
    then: (facts) => ({ kind: 'log', key: keyOf(facts, 'log'), escalated: escalation(facts) }),
  },
  {
    id: 'ended-while-paused',
    when: (facts) => isPaused(facts) && hasEnded(facts) && facts.running === null && !mayReopen(facts),
    because: ({ now }) => `It was ${now.forge.state} while it was paused; what is left is left to people.`,
    then: (facts) => ({ kind: 'end', outcome: outcomeOf(facts) }),
  },
  {
    id: 'paused',
    when: isPaused,
    because: ({ custody }) => `It is paused (${saidBy(custody)}).`,
    then: operator,
  },
];

const WATCHING: readonly MergeRequestAction['kind'][] = ['status', 'say', 'log', 'notify', 'conclude', 'aftermath'];
const FIXING: readonly MergeRequestAction['kind'][] = [
  ...WATCHING,
  ...(['commit', 'push', 'takeUp', 'takeBase', 'removeWorktree', 'footer'] as const),
  ...(['rerun', 'triage', 'take', 'reply', 'resolve', 'askReviewer', 'closeIssue', 'retarget', 'deleteBranch'] as const),
];

/** Whether people let us do this now, whatever was decided before. */
export function mayDo(
  { state, policy }: Pick<Custody, 'state' | 'policy'>,
  action: Pick<MergeRequestAction, 'kind'> & { readonly key?: string },
): boolean {
  if (action.kind === 'log') return true;
  if (state === 'released') return action.key?.endsWith(`/${RELEASED}`) === true;
  if (state !== 'active') return false;
  return policy === 'merge' || (policy === 'fix' ? FIXING : WATCHING).includes(action.kind);
}
