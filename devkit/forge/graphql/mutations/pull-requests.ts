// Mutations of pull requests and their merges: doors to the domain.
import { disableAutoMerge, enableAutoMerge, problemOfAutoMerge } from '../../domain/auto-merge.ts';
import { editPullRequest } from '../../domain/edit-pull-request.ts';
import { mergePullRequest } from '../../domain/merge-pull-request.ts';
import { problemOfEnqueueing } from '../../domain/merge-queue.ts';
import { convertToDraft, markReady } from '../../domain/pull-request-states.ts';
import { addToQueue, entryOf, removeFromQueue } from '../../domain/queue-entries.ts';
import type { Scene } from '../../domain/scene.ts';
import { settleMergeability } from '../../domain/trial-merges.ts';
import { updateBranch } from '../../domain/update-branch.ts';
import type { MergeMethod, PullRequest, Role } from '../../state/records.ts';
import type { Context, View } from '../context.ts';
import { userView } from '../views/actor.ts';
import { pullRequestOf } from '../views/lookup.ts';
import { mergeQueueEntryView } from '../views/merge-queue.ts';
import { pullRequestView } from '../views/pull-request.ts';
import { demand, door, inTransaction, refuse } from './mutation.ts';

interface PullInput {
  readonly pullRequestId: string;
}
interface GuardedInput extends PullInput {
  readonly expectedHeadOid?: string | null;
}
interface MergeInput extends GuardedInput {
  readonly mergeMethod?: 'MERGE' | 'SQUASH' | 'REBASE' | null;
  readonly commitHeadline?: string | null;
  readonly commitBody?: string | null;
}

const wishIn = ({ mergeMethod, commitHeadline, commitBody }: MergeInput) => ({
  method: (mergeMethod ?? 'MERGE').toLowerCase() as MergeMethod,
  title: commitHeadline ?? null,
  message: commitBody ?? null,
});

export function pullRequestMutations(context: Context): View {
  const { forge, viewer } = context;
  const repositoryOf = (pull: PullRequest) => context.state.need('repository', pull.repositoryId);
  const authorOf = (pull: PullRequest): number => context.state.need('issue', pull.issueId).authorId;
  const fresh = ({ id }: PullRequest): PullRequest => forge.state.need('pullRequest', id);
  const payload = (pull: PullRequest): View => ({ actor: userView(context, viewer), pullRequest: pullRequestView(context, fresh(pull)) });
  /** A request that the viewer has the role for, or has opened. */
  const changeable = ({ pullRequestId }: PullInput, what: string, role: Role = 'write'): PullRequest => {
    const pull = pullRequestOf(context, pullRequestId);
    demand(context, what, repositoryOf(pull), role, authorOf(pull));
    return pull;
  };
  const mergeable = ({ pullRequestId, expectedHeadOid }: GuardedInput, what: string): PullRequest => {
    const pull = pullRequestOf(context, pullRequestId);
    demand(context, what, repositoryOf(pull), 'write');
    if (typeof expectedHeadOid === 'string' && expectedHeadOid !== pull.headSha) throw refuse('Head sha didn’t match expectedHeadOid.');
    return pull;
  };
  /** What takes a request out of what merges by itself waits for a merge that is under way: who is told that it is out can rely on it. */
  const whileNothingMerges = <Result>(pull: PullRequest, work: (scene: Scene, current: PullRequest) => Result): Promise<Result> =>
    forge.exclusively(repositoryOf(pull), async () =>
      inTransaction(context, (scene) => work(scene, scene.transaction.need('pullRequest', pull.id))),
    );
  const setState = async (input: PullInput, what: string, state: 'open' | 'closed'): Promise<View> => {
    const pull = changeable(input, what);
    await editPullRequest(forge, repositoryOf(pull), viewer, pull.id, { state });
    return payload(pull);
  };

  return {
    markPullRequestReadyForReview: door<PullInput>(async (input) => {
      const pull = changeable(input, 'MarkPullRequestReadyForReview');
      await markReady(forge, repositoryOf(pull), viewer, pull.id);
      return payload(pull);
    }),
    convertPullRequestToDraft: door<PullInput>(async (input) => {
      const pull = changeable(input, 'ConvertPullRequestToDraft');
      await whileNothingMerges(pull, (scene, current) => convertToDraft(scene, current));
      return payload(pull);
    }),
    closePullRequest: door<PullInput>((input) => setState(input, 'ClosePullRequest', 'closed')),
    reopenPullRequest: door<PullInput>((input) => setState(input, 'ReopenPullRequest', 'open')),
    enablePullRequestAutoMerge: door<MergeInput>(async (input) => {
      const pull = await settleMergeability(forge, mergeable(input, 'EnablePullRequestAutoMerge'));
      const wish = wishIn(input);
      inTransaction(context, (scene) => {
        const current = scene.transaction.need('pullRequest', pull.id);
        const because = problemOfAutoMerge(scene.transaction, current, wish.method);
        if (because !== undefined) throw refuse(because);
        return enableAutoMerge(scene, current, wish);
      });
      return payload(pull);
    }),
    disablePullRequestAutoMerge: door<PullInput>(async (input) => {
      const pull = changeable(input, 'DisablePullRequestAutoMerge');
      await whileNothingMerges(pull, (scene, current) => {
        const isOff = current.autoMerge === null || current.mergedAt !== null;
        if (isOff) throw refuse("Can't disable auto-merge for this pull request.");
        disableAutoMerge(scene, current, 'Auto-merge was disabled by a user');
      });
      return payload(pull);
    }),
    enqueuePullRequest: door<GuardedInput>(async (input) => {
      const pull = await settleMergeability(forge, mergeable(input, 'EnqueuePullRequest'));
      const entry = inTransaction(context, (scene) => {
        const current = scene.transaction.need('pullRequest', pull.id);
        const because = problemOfEnqueueing(scene.transaction, current);
        if (because !== undefined) throw refuse(because);
        return addToQueue(scene, current);
      });
      return { mergeQueueEntry: mergeQueueEntryView(context, entry) };
    }),
    dequeuePullRequest: door<{ id: string }>(async ({ id }) => {
      const pull = changeable({ pullRequestId: id }, 'DequeuePullRequest');
      const mergeQueueEntry = await whileNothingMerges(pull, (scene, current) => {
        const entry = entryOf(scene.transaction, current);
        if (entry === undefined) throw refuse('Pull request is not in the merge queue');
        const view = mergeQueueEntryView(context, entry);
        removeFromQueue(scene, current, 'MANUAL');
        return view;
      });
      return { mergeQueueEntry };
    }),
    mergePullRequest: door<MergeInput>(async (input) => {
      const pull = pullRequestOf(context, input.pullRequestId);
      demand(context, 'MergePullRequest', repositoryOf(pull), 'write');
      const outcome = await mergePullRequest(forge, repositoryOf(pull), pull.id, viewer, {
        ...wishIn(input),
        headSha: input.expectedHeadOid ?? null,
      });
      if (outcome.kind === 'head moved') throw refuse('Head branch was modified. Review and try the merge again.');
      if (outcome.kind === 'not mergeable') throw refuse(outcome.because);
      return payload(pull);
    }),
    updatePullRequestBranch: door<GuardedInput>(async (input) => {
      const pull = pullRequestOf(context, input.pullRequestId);
      demand(context, 'UpdatePullRequestBranch', repositoryOf(pull), 'read');
      await updateBranch(forge, pull, viewer, input.expectedHeadOid ?? null);
      return payload(pull);
    }),
  };
}
