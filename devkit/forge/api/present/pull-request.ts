// A pull request as GitHub shows it: briefly in lists, in full by itself and in webhooks.
import type { components } from '@octokit/openapi-types';
import { labelOf } from '../../domain/branches.ts';
import { mergeStateOf } from '../../domain/merge-state.ts';
import { associationOf } from '../../domain/permissions.ts';
import { seesComment } from '../../domain/review-visibility.ts';
import type { Forge } from '../../forge.ts';
import type { Issue, PullRequest, Repository } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { nodeId, timestamp, timestampOrNull } from './common.ts';
import { presentLabel } from './label.ts';
import { presentMilestone } from './milestone.ts';
import { presentRepository, repositoryLinks } from './repository.ts';
import { presentUser, type SimpleUser } from './user.ts';

export type PullRequestView = components['schemas']['pull-request'];
type Brief = components['schemas']['pull-request-simple'];
type End = Brief['base'];

/** Presents requests one after the other; what they share (repositories, ranks of their authors) is composed once. */
export function pullRequestPresenter(forge: Forge, state: Reader): (pull: PullRequest) => Brief {
  const repositoryOf = remembered((id: number) => presentRepository(forge, state, state.need('repository', id)));
  const userOf = remembered((id: number) => presentUser(forge, state.need('user', id)));
  const associations = new Map<number, ReturnType<typeof remembered<number, Brief['author_association']>>>();
  const associationIn = (repository: Repository, authorId: number): Brief['author_association'] => {
    const known = associations.get(repository.id);
    const look = known ?? remembered((id: number) => associationOf(state, repository, state.need('user', id)));
    associations.set(repository.id, look);
    return look(authorId);
  };

  const endOf = (repositoryId: number, branch: string, sha: string): End => {
    const repository = state.need('repository', repositoryId);
    return {
      label: labelOf(state, repository, branch),
      ref: branch,
      sha,
      user: userOf(repository.ownerId),
      repo: repositoryOf(repositoryId),
    };
  };
  /** The head of a request whose fork is gone has no repository, although GitHub's description says that it always has one. */
  const headOf = (pull: PullRequest): End =>
    pull.headRepositoryId === null || state.get('repository', pull.headRepositoryId) === undefined
      ? { label: `unknown:${pull.headRef}`, ref: pull.headRef, sha: pull.headSha, user: null, repo: null as never }
      : endOf(pull.headRepositoryId, pull.headRef, pull.headSha);

  return (pull) => {
    const repository = state.need('repository', pull.repositoryId);
    const issue = state.need('issue', pull.issueId);
    const assignees = issue.assigneeIds.map(userOf);
    return {
      ...linksOf(forge, state, repository, pull),
      id: pull.id,
      node_id: nodeId('pullRequest', pull.id),
      number: pull.number,
      state: issue.state,
      locked: issue.locked,
      active_lock_reason: issue.lockReason,
      title: issue.title,
      user: userOf(issue.authorId),
      body: issue.body,
      labels: labelsOf(forge, state, issue),
      milestone: issue.milestoneId === null ? null : presentMilestone(forge, state, state.need('milestone', issue.milestoneId)),
      created_at: timestamp(issue.createdAt),
      updated_at: timestamp(issue.updatedAt),
      closed_at: timestampOrNull(issue.closedAt),
      merged_at: timestampOrNull(pull.mergedAt),
      merge_commit_sha: pull.mergeCommitSha ?? pull.trialMerge?.commitSha ?? null,
      assignee: assignees[0] ?? null,
      assignees,
      requested_reviewers: pull.requestedReviewerIds.map(userOf),
      requested_teams: [],
      head: headOf(pull),
      base: endOf(pull.repositoryId, pull.baseRef, pull.baseSha),
      author_association: associationIn(repository, issue.authorId),
      auto_merge: presentAutoMerge(pull, userOf),
      draft: pull.draft,
    };
  };
}

/** In full. Whether it can be merged is told as far as it is known: callers that shall wait for it call `settleMergeability` before. */
export function presentPullRequest(forge: Forge, state: Reader, pull: PullRequest): PullRequestView {
  const { mergeable, mergeableState } = mergeStateOf(state, pull);
  const brief = pullRequestPresenter(forge, state)(pull);
  return {
    ...(brief as Omit<PullRequestView, keyof FullOnly>),
    merged: pull.mergedAt !== null,
    mergeable,
    rebaseable: mergeable === false ? false : null,
    mergeable_state: mergeableState,
    merged_by: pull.mergedBy === null ? null : presentUser(forge, state.need('user', pull.mergedBy)),
    comments: state.select('comment', 'issue', pull.issueId).length,
    review_comments: state.select('reviewComment', 'pullRequest', pull.id).filter((comment) => seesComment(state, comment, null)).length,
    maintainer_can_modify: pull.maintainerCanModify,
    commits: pull.size.commits,
    additions: pull.size.additions,
    deletions: pull.size.deletions,
    changed_files: pull.size.changedFiles,
  };
}

type FullOnly = Pick<
  PullRequestView,
  | 'merged'
  | 'mergeable'
  | 'rebaseable'
  | 'mergeable_state'
  | 'merged_by'
  | 'comments'
  | 'review_comments'
  | 'maintainer_can_modify'
  | 'commits'
  | 'additions'
  | 'deletions'
  | 'changed_files'
>;

type Links = Pick<
  Brief,
  | 'url'
  | 'html_url'
  | 'diff_url'
  | 'patch_url'
  | 'issue_url'
  | 'commits_url'
  | 'review_comments_url'
  | 'review_comment_url'
  | 'comments_url'
  | 'statuses_url'
  | '_links'
>;

function linksOf(forge: Forge, state: Reader, repository: Repository, pull: PullRequest): Links {
  const { api, html } = repositoryLinks(forge, state, repository);
  const self = `${api}/pulls/${pull.number}`;
  const issue = `${api}/issues/${pull.number}`;
  const page = `${html}/pull/${pull.number}`;
  const statuses = `${api}/statuses/${pull.headSha}`;
  return {
    url: self,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issue,
    commits_url: `${self}/commits`,
    review_comments_url: `${self}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: statuses,
    _links: {
      self: { href: self },
      html: { href: page },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${self}/comments` },
      review_comment: { href: `${api}/pulls/comments{/number}` },
      commits: { href: `${self}/commits` },
      statuses: { href: statuses },
    },
  };
}

/** Labels of a request always have a description there, unlike those of an issue. */
const labelsOf = (forge: Forge, state: Reader, issue: Issue): Brief['labels'] =>
  issue.labelIds.map((id) => {
    const label = presentLabel(forge, state, state.need('label', id));
    return { ...label, description: label.description ?? '' };
  });

const presentAutoMerge = ({ autoMerge }: PullRequest, userOf: (id: number) => SimpleUser): Brief['auto_merge'] =>
  autoMerge === null
    ? null
    : {
        enabled_by: userOf(autoMerge.enabledBy),
        merge_method: autoMerge.method,
        commit_title: autoMerge.title ?? '',
        commit_message: autoMerge.message ?? '',
      };

function remembered<Key, Value>(compose: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    const value = known.get(key) ?? compose(key);
    known.set(key, value);
    return value;
  };
}
