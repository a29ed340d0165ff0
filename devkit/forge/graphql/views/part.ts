// What an id of part-ids.ts names, as far as it is there and the viewer may see it.
import { branchRules } from '../../domain/branch-rules.ts';
import { maySee } from '../../domain/permissions.ts';
import { latestStatuses } from '../../domain/statuses.ts';
import { readCommit } from '../../git/commit.ts';
import type { Repository } from '../../state/records.ts';
import type { Context, View } from '../context.ts';
import type { Part } from '../part-ids.ts';
import { rollupView } from './checks.ts';
import { commitView, refView, statusView } from './git.ts';
import { mergeQueueView } from './merge-queue.ts';
import { pullRequestCommitView, reviewRequestView } from './pull-request.ts';

export async function partView(context: Context, { kind, of, name }: Part): Promise<View | undefined> {
  const { forge, state } = context;
  const isOfPull = kind === 'pullRequestCommit' || kind === 'reviewRequest';
  const pull = isOfPull ? state.get('pullRequest', of) : undefined;
  const repository = state.get('repository', isOfPull ? (pull?.repositoryId ?? 0) : of);
  if (repository === undefined || !maySee(state, repository, context.viewer)) return undefined;
  const isCommit = async (within: Repository): Promise<boolean> => (await readCommit(forge.git(within), name)) !== undefined;
  switch (kind) {
    case 'commit':
      return (await isCommit(repository)) ? commitView(context, repository, name) : undefined;
    case 'ref': {
      const ref = state.first('ref', 'name', `${repository.id}/${name}`);
      return ref === undefined ? undefined : refView(context, repository, ref);
    }
    case 'status':
      return latestStatuses(state, repository, name).length === 0 ? undefined : (statusView(context, repository, name) ?? undefined);
    case 'rollup':
      return rollupView(context, repository, name) ?? undefined;
    case 'mergeQueue':
      return branchRules(state, repository, name).queue === null ? undefined : mergeQueueView(context, repository, name);
    case 'pullRequestCommit':
      return pull !== undefined && (await isCommit(repository)) ? pullRequestCommitView(context, pull, name) : undefined;
    case 'reviewRequest':
      return pull?.requestedReviewerIds.includes(Number(name)) === true ? reviewRequestView(context, pull, Number(name)) : undefined;
  }
}
