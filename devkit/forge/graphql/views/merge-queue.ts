// The merge queue of a branch.
import { nodeId, timestamp } from '../../api/present/common.ts';
import { repositoryLinks } from '../../api/present/repository.ts';
import { checksOf } from '../../domain/commit-checks.ts';
import { branchRules } from '../../domain/branch-rules.ts';
import { positionOf, queueOf } from '../../domain/queue-entries.ts';
import type { MergeQueueEntry, Repository } from '../../state/records.ts';
import { connection, type PageArguments } from '../connection.ts';
import type { Context, View } from '../context.ts';
import { partId } from '../part-ids.ts';
import { userById } from './actor.ts';

export const mergeQueueView = (context: Context, repository: Repository, branch: string): View => ({
  __typename: 'MergeQueue',
  id: partId('mergeQueue', repository.id, branch),
  url: `${repositoryLinks(context.forge, context.state, repository).html}/queue/${branch}`,
  entries: (args: PageArguments) =>
    connection(queueOf(context.state, repository.id, branch), args, (entry) => mergeQueueEntryView(context, entry)),
  repository: () => context.views.repository(context, repository),
});

export function mergeQueueEntryView(context: Context, entry: MergeQueueEntry): View {
  const { state } = context;
  const repository = state.need('repository', entry.repositoryId);
  const { group } = entry;
  return {
    __typename: 'MergeQueueEntry',
    id: nodeId('mergeQueueEntry', entry.id),
    position: positionOf(state, entry),
    state: stateOf(context, entry, repository),
    enqueuedAt: timestamp(entry.enqueuedAt),
    enqueuer: () => userById(context, entry.enqueuedBy),
    baseCommit: () => (group === null ? null : context.views.commit(context, repository, group.baseSha)),
    headCommit: () => (group === null ? null : context.views.commit(context, repository, group.sha)),
    mergeQueue: () => mergeQueueView(context, repository, entry.baseRef),
    pullRequest: () => context.views.pullRequest(context, state.need('pullRequest', entry.pullRequestId)),
    jump: false,
    solo: false,
  };
}

/** Derived from the checks of the entry's group, once it has one. */
function stateOf({ state }: Context, entry: MergeQueueEntry, repository: Repository): string {
  if (entry.group === null) return 'QUEUED';
  const verdicts = checksOf(state, repository.id, entry.group.sha);
  const required = (branchRules(state, repository, entry.baseRef).checks?.contexts ?? []).map((context) => verdicts.get(context));
  if (required.includes('failure')) return 'UNMERGEABLE';
  return required.every((verdict) => verdict === 'success') ? 'MERGEABLE' : 'AWAITING_CHECKS';
}
