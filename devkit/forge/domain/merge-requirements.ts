// What a pull request still lacks of what its base asks for. Derived from facts at every question, never stored.
import type { PullRequest, Review, TrialMerge } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import type { BranchRules, ReviewRule } from './branch-rules.ts';
import { checksOf } from './commit-checks.ts';
import { includes, roleOf } from './permissions.ts';
import { threadsSeenBy } from './review-visibility.ts';

export interface Unmet {
  readonly kind: 'checks' | 'reviews' | 'conversations' | 'behind';
  /** As GitHub says it when a merge is refused. */
  readonly because: string;
}

export function unmetRequirements(state: Reader, pull: PullRequest, rules: BranchRules, trial: TrialMerge): Unmet[] {
  const unmet: Unmet[] = [];
  if (rules.reviews !== null)
    for (const because of unmetReviews(state, pull, rules.reviews, trial)) unmet.push({ kind: 'reviews', because });
  const checks = unmetChecks(state, pull, rules.checks?.contexts ?? []);
  if (checks !== undefined) unmet.push({ kind: 'checks', because: checks });
  if (rules.conversations && threadsSeenBy(state, pull, null).some(({ resolvedBy }) => resolvedBy === null))
    unmet.push({ kind: 'conversations', because: 'A conversation must be resolved before this pull request can be merged.' });
  if (rules.checks?.strict === true && trial.behind)
    unmet.push({ kind: 'behind', because: 'This branch must be up to date with its base before it can be merged.' });
  return unmet;
}

/** The newest verdict of each reviewer with write access, the author aside. Comments leave an earlier verdict as it is. */
export function verdictsOf(state: Reader, pull: PullRequest): Review[] {
  const repository = state.need('repository', pull.repositoryId);
  const { authorId } = state.need('issue', pull.issueId);
  const newest = new Map<number, Review>();
  const submitted = state
    .select('review', 'pullRequest', pull.id)
    .filter((review) => review.state !== 'PENDING' && review.state !== 'COMMENTED' && review.authorId !== authorId)
    .sort((a, b) => (a.submittedAt ?? 0) - (b.submittedAt ?? 0));
  for (const review of submitted) newest.set(review.authorId, review);
  return [...newest.values()].filter((review) => includes(roleOf(state, repository, state.need('user', review.authorId)), 'write'));
}

function unmetReviews(state: Reader, pull: PullRequest, rule: ReviewRule, trial: TrialMerge): string[] {
  const verdicts = verdictsOf(state, pull);
  const approvals = verdicts.filter((review) => review.state === 'APPROVED');
  const unmet: string[] = [];
  if (verdicts.some((review) => review.state === 'CHANGES_REQUESTED'))
    unmet.push('Changes were requested by a reviewer with write access.');
  if (approvals.length < rule.count)
    unmet.push(`At least ${rule.count} approving review${rule.count === 1 ? ' is' : 's are'} required by reviewers with write access.`);
  const isOwned = (group: readonly number[]): boolean => approvals.some(({ authorId }) => group.includes(authorId));
  const ownerless = trial.codeOwnerIds.find((group) => !isOwned(group));
  if (rule.codeOwners && ownerless !== undefined)
    unmet.push(`Waiting on code owner review from ${ownerless.map((id) => state.need('user', id).login).join(', ')}.`);
  const isFresh = (review: Review): boolean => review.authorId !== pull.headPushedBy && review.commitSha === pull.headSha;
  if (rule.lastPushApproval && !approvals.some(isFresh))
    unmet.push('New changes require approval from someone other than the last pusher.');
  return unmet;
}

function unmetChecks(state: Reader, pull: PullRequest, contexts: readonly string[]): string | undefined {
  const verdicts = checksOf(state, pull.repositoryId, pull.headSha);
  const lacking = contexts.filter((context) => verdicts.get(context) !== 'success');
  const [first, ...others] = lacking;
  if (first === undefined) return undefined;
  if (others.length > 0)
    return `${lacking.length} of ${contexts.length} required status checks have not succeeded: ${counted(lacking, verdicts)}.`;
  return `Required status check "${first}" is ${WORDS[verdicts.get(first) ?? 'expected']}.`;
}

const WORDS: Readonly<Record<string, string>> = { expected: 'expected', pending: 'in progress', failure: 'failing' };

function counted(lacking: readonly string[], verdicts: ReadonlyMap<string, string>): string {
  const groups = Map.groupBy(lacking, (context) => WORDS[verdicts.get(context) ?? 'expected'] ?? '');
  return [...groups].map(([word, { length }]) => `${length} ${word}`).join(' and ');
}
