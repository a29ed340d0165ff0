// The timeline of a pull request: its events, comments, reviews and commits, in the order in which they came.
import { nodeId, timestamp } from '../../api/present/common.ts';
import { diffBaseOf } from '../../domain/branches.ts';
import { findLabel } from '../../domain/labels.ts';
import { reviewsSeenBy } from '../../domain/review-visibility.ts';
import { readCommits } from '../../git/commit.ts';
import type { IssueEvent, PullRequest } from '../../state/records.ts';
import { connection, type PageArguments } from '../connection.ts';
import type { Context, View } from '../context.ts';
import { userById } from './actor.ts';

export interface TimelineArguments extends PageArguments {
  readonly itemTypes?: readonly string[] | null;
  readonly since?: string | null;
}

/** The events that the schema has, by their names in REST. */
const TYPES: Readonly<Record<string, string>> = {
  review_requested: 'ReviewRequestedEvent',
  review_request_removed: 'ReviewRequestRemovedEvent',
  review_dismissed: 'ReviewDismissedEvent',
  labeled: 'LabeledEvent',
  unlabeled: 'UnlabeledEvent',
  assigned: 'AssignedEvent',
  unassigned: 'UnassignedEvent',
  closed: 'ClosedEvent',
  reopened: 'ReopenedEvent',
  merged: 'MergedEvent',
  renamed: 'RenamedTitleEvent',
  ready_for_review: 'ReadyForReviewEvent',
  convert_to_draft: 'ConvertToDraftEvent',
  head_ref_force_pushed: 'HeadRefForcePushedEvent',
  auto_merge_enabled: 'AutoMergeEnabledEvent',
  auto_merge_disabled: 'AutoMergeDisabledEvent',
  added_to_merge_queue: 'AddedToMergeQueueEvent',
  removed_from_merge_queue: 'RemovedFromMergeQueueEvent',
};

interface Item {
  readonly id: string;
  readonly type: string;
  readonly at: number;
  readonly view: () => View;
}

export async function timelineOf(context: Context, pull: PullRequest, { itemTypes, since, ...args }: TimelineArguments): Promise<View> {
  const { forge, state, viewer } = context;
  const repository = state.need('repository', pull.repositoryId);
  const range = ['--reverse', '--topo-order', `${diffBaseOf(state, pull)}..${pull.headSha}`];
  const items: Item[] = [
    ...(await readCommits(forge.git(repository), range)).map(({ sha, committer }) => ({
      id: sha,
      type: 'PullRequestCommit',
      at: Date.parse(committer.date),
      view: () => context.views.pullRequestCommit(context, pull, sha),
    })),
    ...reviewsSeenBy(state, pull, viewer).map((review) => ({
      id: String(review.id),
      type: 'PullRequestReview',
      at: review.submittedAt ?? review.createdAt,
      view: () => context.views.review(context, review),
    })),
    ...state.select('comment', 'issue', pull.issueId).map((comment) => ({
      id: String(comment.id),
      type: 'IssueComment',
      at: comment.createdAt,
      view: () => context.views.issueComment(context, comment),
    })),
    ...state.select('issueEvent', 'issue', pull.issueId).flatMap((event) => {
      const type = TYPES[event.event];
      return type === undefined
        ? []
        : [{ id: String(event.id), type, at: event.createdAt, view: () => eventView(context, event, pull) ?? {} }];
    }),
  ];
  const from = typeof since === 'string' ? Date.parse(since) : 0;
  const shown = items.filter(({ type, at }) => at >= from && (itemTypes?.includes(enumOf(type)) ?? true)).sort((a, b) => a.at - b.at);
  return connection(shown, args, ({ view }) => view(), { updatedAt: timestamp(state.need('issue', pull.issueId).updatedAt) });
}

/** `ReviewRequestedEvent`: REVIEW_REQUESTED_EVENT; `PullRequestCommit`: PULL_REQUEST_COMMIT. */
const enumOf = (type: string): string => type.replace(/(?<!^)([A-Z])/g, '_$1').toUpperCase();

/** An event of a pull request or (null) an issue, with the fields of every type of event: the schema picks its own. Undefined: the schema has none such. */
export function eventView(context: Context, event: IssueEvent, pull: PullRequest | null): View | undefined {
  const { state } = context;
  const type = TYPES[event.event];
  if (type === undefined) return undefined;
  const repository = state.need('repository', event.repositoryId);
  const { label, assigneeId, requestedReviewerId, rename, reason, dismissed_review: dismissed } = event.details as EventDetails;
  const personOrNull = (id: number | undefined): View | null => (id === undefined ? null : userById(context, id));
  const commitOrNull = (): View | null => (event.commitSha === null ? null : context.views.commit(context, repository, event.commitSha));
  return {
    __typename: type,
    id: nodeId('issueEvent', event.id),
    databaseId: event.id,
    actor: () => userById(context, event.actorId),
    enqueuer: () => userById(context, event.actorId),
    createdAt: timestamp(event.createdAt),
    pullRequest: () => (pull === null ? null : context.views.pullRequest(context, pull)),
    requestedReviewer: () => personOrNull(requestedReviewerId),
    assignee: () => personOrNull(assigneeId),
    label: () => (label === undefined ? null : labelNamed(context, event, label)),
    commit: commitOrNull,
    mergeRefName: pull?.baseRef,
    afterCommit: commitOrNull,
    beforeCommit: null,
    currentTitle: rename?.to,
    previousTitle: rename?.from,
    reason: reason ?? null,
    dismissalMessage: dismissed?.dismissal_message ?? null,
    previousReviewState: dismissed?.state.toUpperCase(),
    review: () => {
      const review = dismissed === undefined ? undefined : state.get('review', dismissed.review_id);
      return review === undefined ? null : context.views.review(context, review);
    },
  };
}

interface EventDetails {
  readonly label?: { readonly name: string; readonly color: string };
  readonly assigneeId?: number;
  readonly requestedReviewerId?: number;
  readonly rename?: { readonly from: string; readonly to: string };
  readonly reason?: string;
  readonly dismissed_review?: { readonly state: string; readonly review_id: number; readonly dismissal_message: string | null };
}

/** The label as it is; of one that was deleted since, as it was. */
function labelNamed(context: Context, event: IssueEvent, { name, color }: { readonly name: string; readonly color: string }): View {
  const known = findLabel(context.state, context.state.need('repository', event.repositoryId), name);
  if (known !== undefined) return context.views.label(context, known);
  return {
    __typename: 'Label',
    id: `LA_${Buffer.from(`deleted:${name}`).toString('base64url')}`,
    name,
    color,
    description: null,
    isDefault: false,
    url: context.forge.url,
    repository: () => context.views.repositoryById(context, event.repositoryId),
  };
}
