// A pull request.
import { nodeId, timestampOrNull } from '../../api/present/common.ts';
import { presentPullRequest } from '../../api/present/pull-request.ts';
import { branchRules } from '../../domain/branch-rules.ts';
import { diffBaseOf, tipOf } from '../../domain/branches.ts';
import { unmetRequirements, verdictsOf } from '../../domain/merge-requirements.ts';
import { currentTrial, mergeStateOf, type MergeState } from '../../domain/merge-state.ts';
import { entryOf } from '../../domain/queue-entries.ts';
import { closedBy } from '../../domain/references.ts';
import { placeFinder } from '../../domain/review-places.ts';
import { reviewsSeenBy, threadsSeenBy } from '../../domain/review-visibility.ts';
import { settleMergeability } from '../../domain/trial-merges.ts';
import { maySee } from '../../domain/permissions.ts';
import { changedFiles as readChangedFiles } from '../../git/changed-files.ts';
import { readCommits } from '../../git/commit.ts';
import type { PullRequest, Repository, Review } from '../../state/records.ts';
import { connection, type PageArguments } from '../connection.ts';
import type { Context, View } from '../context.ts';
import { partId } from '../part-ids.ts';
import { userById } from './actor.ts';
import { issueFields } from './issue.ts';
import { pullStateOf } from './pull-state.ts';
import { type TimelineArguments } from './timeline.ts';

interface ReviewsArguments extends PageArguments {
  readonly states?: readonly string[] | null;
  readonly author?: string | null;
}

export function pullRequestView(context: Context, pull: PullRequest): View {
  const { forge, state } = context;
  const issue = state.need('issue', pull.issueId);
  const repository = state.need('repository', pull.repositoryId);
  const { additions, deletions, changedFiles } = pull.size;
  return {
    ...issueFields(context, issue),
    ...endFields(context, pull, repository),
    ...mergeFields(context, pull, repository),
    ...reviewFields(context, pull),
    additions,
    deletions,
    changedFiles,
    __typename: 'PullRequest',
    id: nodeId('pullRequest', pull.id),
    databaseId: pull.id,
    state: pullStateOf(issue, pull),
    isDraft: pull.draft,
    maintainerCanModify: pull.maintainerCanModify,
    commits: async (args: PageArguments) => {
      const range = ['--reverse', '--topo-order', `${diffBaseOf(state, pull)}..${pull.headSha}`];
      const all = (await readCommits(forge.git(repository), range)).map(({ sha }) => ({ id: sha }));
      return connection(all, args, ({ id }) => pullRequestCommitView(context, pull, id));
    },
    files: async (args: PageArguments) => {
      const files = await readChangedFiles(forge.git(repository), [`${diffBaseOf(state, pull)}...${pull.headSha}`]);
      return connection(
        files.map((file) => ({ id: file.path, ...file })),
        args,
        ({ path, additions, deletions, status }) => ({
          path,
          additions,
          deletions,
          changeType: status === 'removed' ? 'DELETED' : status.toUpperCase(),
        }),
      );
    },
    closingIssuesReferences: (args: PageArguments) => {
      const closes = pull.baseRef === repository.defaultBranch ? closedBy(state, repository, issue.body ?? '') : [];
      return connection(
        closes.filter(({ pullRequestId }) => pullRequestId === null),
        args,
        (closed) => context.views.issue(context, closed),
      );
    },
    statusCheckRollup: () => context.views.rollup(context, repository, pull.headSha),
    timelineItems: (args: TimelineArguments) => context.views.timeline(context, pull, args),
    totalCommentsCount: () => {
      const full = presentPullRequest(forge, state, pull);
      return full.comments + full.review_comments + reviewsSeenBy(state, pull, null).filter(({ body }) => body !== '').length;
    },
  };
}

export const pullRequestCommitView = (context: Context, pull: PullRequest, sha: string): View => {
  const repository = context.state.need('repository', pull.repositoryId);
  return {
    __typename: 'PullRequestCommit',
    id: partId('pullRequestCommit', pull.id, sha),
    commit: () => context.views.commit(context, repository, sha),
    pullRequest: () => pullRequestView(context, pull),
    url: `${presentPullRequest(context.forge, context.state, pull).html_url}/commits/${sha}`,
  };
};

/** Where it comes from and where it goes. */
function endFields(context: Context, pull: PullRequest, repository: Repository): View {
  const { state, viewer } = context;
  const head = pull.headRepositoryId === null ? undefined : state.get('repository', pull.headRepositoryId);
  const seen = head !== undefined && maySee(state, head, viewer) ? head : undefined;
  const refOf = (of: Repository | undefined, branch: string): View | null => {
    const sha = of === undefined ? undefined : tipOf(state, of.id, branch);
    return of === undefined || sha === undefined ? null : context.views.ref(context, of, { name: `refs/heads/${branch}`, sha });
  };
  return {
    headRefName: pull.headRef,
    headRefOid: pull.headSha,
    headRef: () => refOf(seen, pull.headRef),
    headRepository: () => (seen === undefined ? null : context.views.repository(context, seen)),
    headRepositoryOwner: () => (head === undefined ? null : userById(context, head.ownerId)),
    isCrossRepository: pull.headRepositoryId !== repository.id,
    baseRefName: pull.baseRef,
    baseRefOid: pull.baseSha,
    baseRef: () => refOf(repository, pull.baseRef),
    baseRepository: () => context.views.repository(context, repository),
  };
}

/** Whether it can be merged, how it will be, and how it was. */
function mergeFields(context: Context, pull: PullRequest, repository: Repository): View {
  const { forge, state } = context;
  const commitOrNull = (sha: string | null | undefined): View | null =>
    typeof sha === 'string' ? context.views.commit(context, repository, sha) : null;
  // Asked of the newest facts: they say "unknown" of themselves when they are not known.
  const mergeState = async (): Promise<MergeState> => mergeStateOf(forge.state, await settleMergeability(forge, pull));
  const entry = entryOf(state, pull);
  return {
    merged: pull.mergedAt !== null,
    mergedAt: timestampOrNull(pull.mergedAt),
    mergedBy: () => (pull.mergedBy === null ? null : userById(context, pull.mergedBy)),
    mergeCommit: () => commitOrNull(pull.mergeCommitSha),
    potentialMergeCommit: () => commitOrNull(currentTrial(state, pull)?.commitSha),
    mergeable: async () => {
      const { mergeable } = await mergeState();
      return mergeable === null ? 'UNKNOWN' : mergeable ? 'MERGEABLE' : 'CONFLICTING';
    },
    mergeStateStatus: async () => (await mergeState()).mergeableState.toUpperCase(),
    autoMergeRequest: () => autoMergeView(context, pull),
    isInMergeQueue: entry !== undefined,
    mergeQueueEntry: () => (entry === undefined ? null : context.views.mergeQueueEntry(context, entry)),
    mergeQueue: () =>
      branchRules(state, repository, pull.baseRef).queue === null ? null : context.views.mergeQueue(context, repository, pull.baseRef),
  };
}

function autoMergeView(context: Context, pull: PullRequest): View | null {
  const { autoMerge } = pull;
  if (autoMerge === null) return null;
  return {
    commitBody: autoMerge.message,
    commitHeadline: autoMerge.title,
    enabledBy: () => userById(context, autoMerge.enabledBy),
    mergeMethod: autoMerge.method.toUpperCase(),
    pullRequest: () => pullRequestView(context, pull),
  };
}

/** A person who was asked for a review and has not given it. */
export const reviewRequestView = (context: Context, pull: PullRequest, reviewerId: number): View => ({
  __typename: 'ReviewRequest',
  id: partId('reviewRequest', pull.id, reviewerId),
  databaseId: reviewerId,
  asCodeOwner: pull.trialMerge?.codeOwnerIds.some((group) => group.includes(reviewerId)) ?? false,
  requestedReviewer: () => userById(context, reviewerId),
  pullRequest: () => pullRequestView(context, pull),
});

function reviewFields(context: Context, pull: PullRequest): View {
  const { forge, state, viewer } = context;
  const reviews = (args: PageArguments, some: readonly Review[]): View =>
    connection(some, args, (review) => context.views.review(context, review));
  const latestOf = (some: readonly Review[]): Review[] => [...new Map(some.map((review) => [review.authorId, review])).values()];
  const submitted = (): Review[] => reviewsSeenBy(state, pull, null);
  return {
    reviewDecision: () => reviewDecisionOf(context, pull),
    reviewRequests: (args: PageArguments) =>
      connection(
        pull.requestedReviewerIds.map((id) => ({ id })),
        args,
        ({ id }) => reviewRequestView(context, pull, id),
      ),
    reviews: ({ states, author, ...args }: ReviewsArguments) => {
      const login = author?.toLowerCase();
      const isBy = ({ authorId }: Review): boolean => login === undefined || state.need('user', authorId).login.toLowerCase() === login;
      return reviews(
        args,
        reviewsSeenBy(state, pull, viewer).filter((review) => (states?.includes(review.state) ?? true) && isBy(review)),
      );
    },
    latestReviews: (args: PageArguments) => reviews(args, latestOf(submitted())),
    latestOpinionatedReviews: ({ writersOnly, ...args }: PageArguments & { writersOnly?: boolean | null }) =>
      reviews(
        args,
        writersOnly === true ? verdictsOf(state, pull) : latestOf(submitted().filter(({ state: verdict }) => verdict !== 'COMMENTED')),
      ),
    viewerLatestReview: () => {
      const mine = reviewsSeenBy(state, pull, viewer).findLast(({ authorId }) => authorId === viewer.id);
      return mine === undefined ? null : context.views.review(context, mine);
    },
    reviewThreads: (args: PageArguments) => {
      const find = placeFinder(forge, state, pull);
      return connection(threadsSeenBy(state, pull, viewer), args, (thread) => context.views.reviewThread(context, thread, find));
    },
  };
}

/** Null where the base asks for no review. */
function reviewDecisionOf({ state }: Context, pull: PullRequest): string | null {
  const rules = branchRules(state, state.need('repository', pull.repositoryId), pull.baseRef);
  if (rules.reviews === null) return null;
  if (verdictsOf(state, pull).some(({ state: verdict }) => verdict === 'CHANGES_REQUESTED')) return 'CHANGES_REQUESTED';
  const untried = { headSha: pull.headSha, baseSha: pull.baseSha, commitSha: null, behind: false, codeOwnerIds: [] };
  const unmet = unmetRequirements(state, pull, rules, currentTrial(state, pull) ?? untried);
  return unmet.some(({ kind }) => kind === 'reviews') ? 'REVIEW_REQUIRED' : 'APPROVED';
}
