// What follows from the end of a request: each once; then it is watched for a time, and its owner ends as well.
import type { Aftermath, MergeRequestAction } from '../contracts/merge-request-actions.ts';
import { CHECK_MINUTES, escalation, hasEnded, isOurs, type MergeRequestFacts, keyOf, isMissing, outcomeOf } from './merge-request-facts.ts';
import type { Rule } from './policy.ts';

const isMerged = ({ now }: MergeRequestFacts): boolean => now.forge.state === 'merged';
const isClosed = ({ now }: MergeRequestFacts): boolean => now.forge.state === 'closed';
/** Of what is only watched nothing is ours. */
const mayTidy = ({ custody }: MergeRequestFacts): boolean => custody.policy !== 'watch';
const aftermathName = ({ kind, what }: Aftermath): string => `aftermath/${kind}/${what}`;
const unrecorded = (facts: MergeRequestFacts): Aftermath | undefined =>
  facts.aftermath.find((seen) => isMissing(facts, aftermathName(seen)));
/** How often it is looked at what became of a merge, where no webhook tells. */
const DAY_MINUTES = 24 * 60;
/** Names this closing: it may be opened and closed again. */
const closing = (facts: MergeRequestFacts): string => `${facts.now.forge.closedAt}`;
const isWatchedClosed = (facts: MergeRequestFacts): boolean => isClosed(facts) && facts.tracking === 'on';
const title = ({ request: { ref } }: MergeRequestFacts): string => `${ref.owner}/${ref.repo}#${ref.number}`;

/** Our branch of a merged request, which goes. A branch that people have made is theirs, also after the merge. */
const isBranchLeft = (facts: MergeRequestFacts): boolean =>
  isMerged(facts) &&
  mayTidy(facts) &&
  facts.request.tell !== null &&
  isOurs(facts, facts.now.branchSha) &&
  isMissing(facts, 'delete-branch');
/** A request that the branch is still the base of, and that was not sent on. */
const downstream = (facts: MergeRequestFacts): number | null =>
  facts.now.downstream.find((number) => isMissing(facts, `retarget/${number}`)) ?? null;

/** A merge is told once, a closing each time that it happens. */
const notice = (facts: MergeRequestFacts): string => (isMerged(facts) ? 'notify' : `notify/closed/${closing(facts)}`);

export const MERGE_REQUEST_ENDED: readonly Rule<MergeRequestFacts, MergeRequestAction>[] = [
  {
    id: 'working-after-the-end',
    when: (facts) => hasEnded(facts) && facts.running !== null,
    because: ({ now, running }) => `The request is ${now.forge.state}; ${running} has nothing to do any more.`,
    then: ({ running }) => ({ kind: 'stop', child: running ?? '' }),
  },
  {
    id: 'lane-undecided',
    when: (facts) => isMerged(facts) && facts.wishes.some(({ outcome }) => outcome === null),
    because: () => 'It is merged; whether by the merge lane or by others, the lane has not said yet.',
    then: () => ({ kind: 'wait', forWhom: 'lane', atMostMinutes: CHECK_MINUTES }),
  },
  {
    id: 'issue-still-open',
    when: (facts) => isMerged(facts) && mayTidy(facts) && facts.now.issue === 'open' && isMissing(facts, 'close-issue'),
    because: ({ request }) => `The request is merged, and issue #${request.issue} is open.`,
    then: (facts) => ({ kind: 'closeIssue', key: keyOf(facts, 'close-issue'), issue: facts.request.issue ?? 0 }),
  },
  {
    id: 'downstream-on-the-branch',
    when: (facts) => isBranchLeft(facts) && downstream(facts) !== null,
    because: (facts) =>
      `The request is merged; #${downstream(facts)} was to go into its branch, and goes on into ${facts.now.forge.base.branch}.`,
    then: (facts) => {
      const number = downstream(facts) ?? 0;
      return { kind: 'retarget', key: keyOf(facts, `retarget/${number}`), number, base: facts.now.forge.base.branch };
    },
  },
  {
    id: 'downstream-unseen',
    when: (facts) => isBranchLeft(facts) && facts.now.downstream.some((number) => facts.done[`retarget/${number}`]?.state === 'done'),
    because: ({ now }) => `${now.downstream.map((number) => `#${number}`).join(', ')} went on, and the forge does not show it yet.`,
    then: () => ({ kind: 'wait', forWhom: 'forge', atMostMinutes: CHECK_MINUTES }),
  },
  {
    id: 'branch-still-there',
    // Where a request can't go on, the branch stays: with it, the forge would close that request.
    when: (facts) => isBranchLeft(facts) && facts.now.downstream.length === 0,
    because: ({ request }) => `The request is merged, and nobody needs the branch ${request.work.branch}.`,
    then: (facts) => ({
      kind: 'deleteBranch',
      key: keyOf(facts, 'delete-branch'),
      branch: facts.request.work.branch,
      head: facts.now.branchSha ?? '',
    }),
  },
  {
    id: 'worktree-still-there',
    when: (facts) => isMerged(facts) && mayTidy(facts) && isMissing(facts, 'remove-worktree'),
    because: () => 'The request is merged, and nobody needs the worktree.',
    then: (facts) => ({ kind: 'removeWorktree', key: keyOf(facts, 'remove-worktree') }),
  },
  {
    id: 'proof-unfinished',
    when: (facts) => isMerged(facts) && facts.custody.policy === 'merge' && isMissing(facts, 'proof/merged'),
    because: () => 'It is merged: the merge log and the description say by whom, and on what proof.',
    then: (facts) => ({ kind: 'proof', key: keyOf(facts, 'proof/merged'), escalated: escalation(facts) }),
  },
  {
    id: 'merge-unlogged',
    when: (facts) => isMerged(facts) && facts.custody.policy !== 'merge' && isMissing(facts, 'log'),
    because: () => 'People have merged it: the merge log says who, and which gates were not met.',
    then: (facts) => ({ kind: 'log', key: keyOf(facts, 'log'), escalated: escalation(facts) }),
  },
  {
    id: 'closed-unsaid',
    when: (facts) => isClosed(facts) && mayTidy(facts) && isMissing(facts, `say/closed/${closing(facts)}`),
    because: () => 'A person has closed the request; that we stop is said once.',
    then: (facts) => ({
      kind: 'say',
      key: keyOf(facts, `say/closed/${closing(facts)}`),
      text: `This was closed without a merge, so I stop here. The branch stays as it is.${isWatchedClosed(facts) ? ' Opened again, it goes on.' : ''}`,
    }),
  },
  {
    id: 'end-unannounced',
    when: (facts) => hasEnded(facts) && isMissing(facts, notice(facts)),
    because: ({ now }) => `The request is ${now.forge.state}; whoever subscribed wants to know.`,
    then: (facts) => ({ kind: 'notify', key: keyOf(facts, notice(facts)), text: `${title(facts)} is ${facts.now.forge.state}.` }),
  },
  {
    id: 'end-untold',
    when: (facts) => isMerged(facts) && facts.tracking !== 'off' && isMissing(facts, 'conclude'),
    because: () => 'It is merged, and all that follows at once is done: whoever waits for it goes on.',
    then: (facts) => ({ kind: 'conclude', key: keyOf(facts, 'conclude'), outcome: outcomeOf(facts) }),
  },
  {
    id: 'closing-untold',
    // Whoever waits for it is told of the first end alone: a task is over then, and what is opened again goes on without it.
    when: (facts) => isWatchedClosed(facts) && isMissing(facts, 'conclude/closed'),
    because: () => 'It is closed: whoever waits for it goes on.',
    then: (facts) => ({ kind: 'conclude', key: keyOf(facts, 'conclude/closed'), outcome: outcomeOf(facts) }),
  },
  {
    id: 'closed-watched',
    when: isWatchedClosed,
    because: ({ limits }) => `It is closed; for ${limits.trackDays} days it goes on where somebody opens it again.`,
    then: () => ({ kind: 'wait', forWhom: 'people', atMostMinutes: DAY_MINUTES }),
  },
  {
    id: 'aftermath-unrecorded',
    when: (facts) => isMerged(facts) && unrecorded(facts) !== undefined,
    because: (facts) => `${unrecorded(facts)?.what} says what became of it: ${unrecorded(facts)?.kind}.`,
    then: (facts) => {
      const seen = unrecorded(facts) ?? { kind: 'bug', what: '', title: '', by: '' };
      return { kind: 'aftermath', key: keyOf(facts, aftermathName(seen)), seen };
    },
  },
  {
    id: 'merge-watched',
    when: (facts) => isMerged(facts) && facts.tracking === 'on',
    because: ({ limits }) => `It is merged; for ${limits.trackDays} days reverts and bugs that name it are noticed.`,
    then: () => ({ kind: 'wait', forWhom: 'people', atMostMinutes: DAY_MINUTES }),
  },
  {
    id: 'ended',
    when: hasEnded,
    because: ({ now }) => `The request is ${now.forge.state}, and all that follows is done.`,
    then: (facts) => ({ kind: 'end', outcome: outcomeOf(facts) }),
  },
];
