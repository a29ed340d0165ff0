// Owns a ticket until its request is merged, or until people end it. No rule, no clock, no I/O: it applies recorded decisions.
import { CancellationScope, condition, continueAsNew, isCancellation, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { ReviewEnd } from '../contracts/review.ts';
import type { SessionEnd, Typed } from '../contracts/session.ts';
import {
  sourceOf,
  taskId,
  type TaskAction,
  type TaskActivities,
  type TaskHostActivities,
  type TaskInput,
  type TaskOutcome,
} from '../contracts/task.ts';
import { TIMEOUTS } from '../contracts/timeouts.ts';
import { CHILDREN_CLEAN_UP, CLEAN_UP, GENERAL, KEEP_TYPED, workOn } from './activity-options.ts';
import { childrenOf, startAs, startSession, type Children } from './children.ts';
import { keepAll, listen, pauseAndKeep, type Ears } from './ears.ts';
import { show, waitingFor } from './show.ts';

const { assessTask, actOnForge, askForTask, heedForTask, passOnForTask, keepTypedForTask, endTask } =
  proxyActivities<TaskActivities>(GENERAL);
const onHost = (host: string) => proxyActivities<TaskHostActivities>(workOn(host));

const UNDERSTANDS: readonly TaskAction['kind'][] = [
  ...(['end', 'wait', 'session', 'review', 'ask', 'heed', 'passOn', 'own', 'commit', 'push', 'takeUp'] as const),
  ...(['label', 'openRequest', 'complete', 'comment', 'notify'] as const),
];

/** A task's children: what it runs, by the keys of its actions. */
interface Family {
  readonly sessions: Children<SessionEnd>;
  readonly reviews: Children<ReviewEnd>;
}

const running = ({ sessions, reviews }: Family): string[] => [...sessions.running, ...reviews.running];

export async function task(input: TaskInput): Promise<TaskOutcome> {
  const ears = listen(input.paused);
  const family: Family = { sessions: childrenOf(input.sessions), reviews: childrenOf(input.reviews) };
  try {
    return await pursue(input, ears, family);
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => cleanUp(input, ears, family));
    throw error;
  }
}

async function pursue(input: TaskInput, ears: Ears, family: Family): Promise<TaskOutcome> {
  const { task: ref, pipeline, afterMinutes } = input;
  let { decisions, applied } = input;
  for (;;) {
    await pauseAndKeep(ears, keepFor(input, family));
    ears.look(); // before the snapshot, so that what happens while it is taken wakes us again
    const { ended: sessions } = family.sessions;
    const { ended: reviews } = family.reviews;
    // Not while a child runs: the end of a run takes its children with it, and the next one can't join them again.
    if (workflowInfo().continueAsNewSuggested && running(family).length === 0)
      await continueAsNew<typeof task>({ ...input, sessions, reviews, decisions, applied, paused: ears.paused });

    const seen = { sessions, reviews, running: running(family) };
    const limit = afterMinutes === undefined ? {} : { afterMinutes };
    const asked = { task: ref, pipeline, ...limit, understands: UNDERSTANDS, ...seen, decision: ++decisions, applied };
    const decision = await assessTask.executeWithOptions({ ...GENERAL, summary: `decision ${decisions}` }, [asked]);
    const { action, rule, because, facts } = decision;
    show(decision);

    if (action.kind === 'end') {
      const end = { task: ref, outcome: action.outcome.outcome, because };
      await endTask.executeWithOptions({ ...GENERAL, summary: `end: ${rule}` }, [end]);
      if (ears.typed.length === 0) return action.outcome;
    } else if (action.kind === 'wait') {
      await condition(() => ears.unseen > 0, `${action.atMostMinutes} minutes`, { summary: waitingFor(action.forWhom, rule) });
    } else if (action.kind === 'session' || action.kind === 'review') {
      await startChild(input, action, family, ears);
    } else {
      applied = facts;
      await apply(input, rule, action, { sessions, reviews });
    }
  }
}

/** Does what has an effect. */
async function apply(
  { task: ref, host }: TaskInput,
  rule: string,
  action: Exclude<TaskAction, { kind: 'end' | 'wait' | 'session' | 'review' }>,
  ended: Pick<TaskInput, 'sessions' | 'reviews'>,
): Promise<void> {
  const summary = `${action.kind}: ${rule}`;
  const there = { ...workOn(host), summary };
  const here = { ...GENERAL, summary };
  if (action.kind === 'commit' || action.kind === 'push' || action.kind === 'takeUp')
    await onHost(host).actOnHost.executeWithOptions(there, [{ task: ref, rule, action }]);
  else if (action.kind === 'own') await onHost(host).ownRequest.executeWithOptions(there, [{ task: ref, rule, action, ...ended }]);
  else if (action.kind === 'heed') await heedForTask.executeWithOptions(here, [{ task: ref, rule, action }]);
  else if (action.kind === 'passOn') await passOnForTask.executeWithOptions(here, [{ task: ref, action }]);
  else if (action.kind === 'ask') await askForTask.executeWithOptions(here, [{ task: ref, action }]);
  else await actOnForge.executeWithOptions(here, [{ task: ref, rule, action }]);
}

/** Returns when the session or the review has started, whose end wakes the loop; or at once where the forge refuses what it needs. */
async function startChild(
  { task: ref, host }: TaskInput,
  action: Extract<TaskAction, { kind: 'session' | 'review' }>,
  { sessions, reviews }: Family,
  ears: Ears,
): Promise<void> {
  const { key } = action;
  const child = { parent: taskId(ref), key, workspace: ref.workspace, summary: `${sourceOf(ref)}, ${key}` };
  if (action.kind === 'session') {
    const summary = `prepare ${key}`;
    const spec = await onHost(host).prepareSession.executeWithOptions({ ...workOn(host), summary }, [
      { task: ref, key, playbook: action.playbook },
    ]);
    if (spec !== null) await startSession({ ...child, phase: action.playbook, spec, host }, sessions, ears);
  } else {
    const of = { task: ref, key, head: action.head, sessions: sessions.ended, reviews: reviews.ended };
    const review = await onHost(host).prepareReview.executeWithOptions({ ...workOn(host), summary: `prepare ${key}` }, [of]);
    if (review === null) return;
    await startAs<ReviewEnd>('review', review, child, reviews, ears, (because) => ({
      verdict: 'person',
      head: action.head,
      rounds: 0,
      findings: null,
      because: `The review was ended from outside: ${because}`,
    }));
  }
}

const keepFor =
  ({ task: ref }: TaskInput, family: Family) =>
  (typed: readonly Typed[]): Promise<void> =>
    keepTypedForTask.executeWithOptions({ ...GENERAL, summary: KEEP_TYPED }, [{ task: ref, running: running(family), typed }]);

/** After a kill, which has reached the children as well: wait for their own clean-up, then tell whoever wrote to the task. */
async function cleanUp(input: TaskInput, ears: Ears, family: Family): Promise<void> {
  await condition(() => running(family).length === 0, TIMEOUTS.killAnswered, { summary: CHILDREN_CLEAN_UP });
  const end = { task: input.task, outcome: 'killed', because: 'The task was killed.' } as const;
  await endTask.executeWithOptions({ ...GENERAL, summary: CLEAN_UP }, [end]);
  await keepAll(ears, keepFor(input, family)); // the mailbox is closed: it all goes back
}
