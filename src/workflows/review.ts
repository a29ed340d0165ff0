// Reviews one head in a worktree, fixes what is found and looks again, until it is clean or a person has to judge. No rule, no clock, no
// I/O: it applies recorded decisions.
import { CancellationScope, condition, continueAsNew, isCancellation, proxyActivities, workflowInfo } from '@temporalio/workflow';
import { reviewerKey, type ReviewAction, type ReviewActivities, type ReviewEnd, type ReviewInput } from '../contracts/review.ts';
import type { Prepared, SessionEnd, Typed } from '../contracts/session.ts';
import { TIMEOUTS } from '../contracts/timeouts.ts';
import { CHILDREN_CLEAN_UP, CLEAN_UP, KEEP_TYPED, workOn } from './activity-options.ts';
import { childrenOf, startSession, type Children } from './children.ts';
import { keepAll, listen, pauseAndKeep, type Ears } from './ears.ts';
import { show, waitingFor } from './show.ts';

const UNDERSTANDS: readonly ReviewAction['kind'][] = ['end', 'wait', 'round', 'fix', 'commit'];

/** Everything that a review looks at is in the worktree's repository, so all of it is done where that is. */
const onHost = (host: string) => proxyActivities<ReviewActivities>(workOn(host));

export async function review(input: ReviewInput): Promise<ReviewEnd> {
  const ears = listen(input.paused);
  const children = childrenOf(input.sessions);
  try {
    return await pursue(input, ears, children);
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => cleanUp(input, ears, children));
    throw error;
  }
}

async function pursue(input: ReviewInput, ears: Ears, children: Children<SessionEnd>): Promise<ReviewEnd> {
  const { host } = input.work;
  const { assessReview, prepareReviewer, prepareFix, actOnReview, endReview } = onHost(host);
  const options = workOn(host);
  let { decisions, applied } = input;
  for (;;) {
    await pauseAndKeep(ears, keepFor(input, children));
    ears.look(); // before the snapshot, so that what happens while it is taken wakes us again
    const { ended: sessions, running } = children;
    // Not while a session runs: the end of a run takes its children with it, and the next one can't join them again.
    if (workflowInfo().continueAsNewSuggested && running.length === 0)
      await continueAsNew<typeof review>({ ...input, sessions, decisions, applied, paused: ears.paused });

    const seen = { sessions, running, decision: ++decisions, applied };
    const decision = await assessReview.executeWithOptions({ ...options, summary: `decision ${decisions}` }, [
      { review: input, understands: UNDERSTANDS, ...seen },
    ]);
    const { action, rule, facts } = decision;
    show(decision);

    if (action.kind === 'end') {
      const ending = { review: input, end: action.end, sessions };
      const findings = await endReview.executeWithOptions({ ...options, summary: `end: ${rule}` }, [ending]);
      if (ears.typed.length === 0) return { ...action.end, findings };
    } else if (action.kind === 'wait') {
      await condition(() => ears.unseen > 0, `${action.atMostMinutes} minutes`, { summary: waitingFor(action.forWhom, rule) });
    } else if (action.kind === 'round') {
      for (const family of action.families) {
        const key = reviewerKey(action.round, family);
        const spec = await prepareReviewer.executeWithOptions({ ...options, summary: `prepare ${key}` }, [
          { review: input, round: action.round, head: action.head, family, sessions },
        ]);
        await startSession({ ...childOf(input, key, spec), phase: 'review' }, children, ears);
      }
    } else if (action.kind === 'fix') {
      const spec = await prepareFix.executeWithOptions({ ...options, summary: `prepare ${action.key}` }, [
        { review: input, round: action.round, sessions },
      ]);
      await startSession({ ...childOf(input, action.key, spec), phase: 'fix' }, children, ears);
    } else {
      applied = facts;
      await actOnReview.executeWithOptions({ ...options, summary: `${action.kind}: ${rule}` }, [{ review: input, rule, action }]);
    }
  }
}

const childOf = ({ id, work }: ReviewInput, key: string, spec: Prepared) => ({
  parent: id,
  key,
  workspace: work.workspace,
  summary: `${work.owner}/${work.repo}, ${key}`,
  spec,
  host: work.host,
});

const keepFor =
  ({ id, work }: ReviewInput, { running }: Children<SessionEnd>) =>
  (typed: readonly Typed[]): Promise<void> =>
    onHost(work.host).keepTypedForReview.executeWithOptions({ ...workOn(work.host), summary: KEEP_TYPED }, [
      { review: id, running, typed },
    ]);

/** After a kill, which has reached the sessions as well: wait for their own clean-up, then close the mailbox. */
async function cleanUp(input: ReviewInput, ears: Ears, children: Children<SessionEnd>): Promise<void> {
  await condition(() => children.running.length === 0, TIMEOUTS.killAnswered, { summary: CHILDREN_CLEAN_UP });
  const { host } = input.work;
  const close = { review: input.id, because: 'The review was killed.' };
  await onHost(host).closeReview.executeWithOptions({ ...workOn(host), summary: CLEAN_UP }, [close]);
  await keepAll(ears, keepFor(input, children)); // the mailbox is closed: it all goes back
}
