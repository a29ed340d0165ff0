// Events of issues and pull requests, and their timelines.
import { readCommits } from '../git/commit.ts';
import { listing, reading, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { notFound, ok } from '../http/reply.ts';
import type { Issue, PullRequest } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import type { Forge } from '../forge.ts';
import { issueOf } from './issue-wishes.ts';
import { presentComment } from './present/comment.ts';
import { presentGitCommit } from './present/git-commit.ts';
import { presentEventWithIssue, presentIssueEvent } from './present/issue-event.ts';
import { presentReviewed, presentTimelineEvent } from './present/timeline.ts';

/** Mentions are in the timeline only. */
const isEvent = ({ event }: { readonly event: string }): boolean => event !== 'cross-referenced';

export const issueEventOperations: Operation[] = [
  listing('issues/list-events', (call) => {
    const { forge, state, repository, params } = call;
    const events = state.select('issueEvent', 'issue', issueOf(state, repository, params.issue_number).id).filter(isEvent);
    return listOf(call, events, (event) => presentIssueEvent(forge, state, event));
  }),
  listing('issues/list-events-for-repo', (call) => {
    const { forge, state, repository } = call;
    const events = state.select('issueEvent', 'repository', repository.id).filter(isEvent).reverse();
    return listOf(call, events, (event) => presentEventWithIssue(forge, state, event));
  }),
  reading('issues/get-event', ({ forge, state, repository, params }) => {
    const event = state.get('issueEvent', params.event_id);
    if (event?.repositoryId !== repository.id || !isEvent(event)) throw notFound();
    return ok(presentEventWithIssue(forge, state, event));
  }),
  listing('issues/list-events-for-timeline', async (call) => {
    const { forge, state, repository, params } = call;
    const issue = issueOf(state, repository, params.issue_number);
    const pull = issue.pullRequestId === null ? undefined : state.need('pullRequest', issue.pullRequestId);
    const entries = [
      ...entriesOf(forge, state, issue),
      ...(pull === undefined ? [] : [...reviewsOf(forge, state, pull), ...(await commitsOf(forge, state, pull))]),
    ];
    return listOf(
      call,
      entries.toSorted((a, b) => a.at - b.at || a.order - b.order),
      ({ present }) => present(),
    );
  }),
];

interface Entry {
  readonly at: number;
  /** Among those of one moment. */
  readonly order: number;
  readonly present: () => Record<string, unknown>;
}

function entriesOf(forge: Forge, state: Reader, issue: Issue): Entry[] {
  const events = state.select('issueEvent', 'issue', issue.id).map((event) => ({
    at: event.createdAt,
    order: event.id,
    present: () => presentTimelineEvent(forge, state, event),
  }));
  const comments = state.select('comment', 'issue', issue.id).map((comment) => ({
    at: comment.createdAt,
    order: comment.id,
    present: () => {
      const view = presentComment(forge, state, comment);
      return { event: 'commented', actor: view.user, ...view };
    },
  }));
  return [...events, ...comments];
}

const reviewsOf = (forge: Forge, state: Reader, pull: PullRequest): Entry[] =>
  state
    .select('review', 'pullRequest', pull.id)
    .filter((review) => review.state !== 'PENDING')
    .map((review) => ({
      at: review.submittedAt ?? review.updatedAt,
      order: review.id,
      present: () => presentReviewed(forge, state, review),
    }));

/** The commits of a request, at the moments when they were made, of one moment the parent first. */
async function commitsOf(forge: Forge, state: Reader, pull: PullRequest): Promise<Entry[]> {
  const repository = state.need('repository', pull.repositoryId);
  const commits = await readCommits(forge.git(repository), ['--reverse', '--topo-order', `${pull.baseSha}..${pull.headSha}`]);
  return commits.map((commit, index) => ({
    at: Date.parse(commit.committer.date),
    order: index - commits.length,
    present: () => ({ event: 'committed', ...presentGitCommit(forge, state, repository, commit) }),
  }));
}
