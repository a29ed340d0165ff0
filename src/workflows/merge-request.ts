// Owns one merge request until it is merged or closed. No rule, no clock, no I/O: it applies recorded decisions.
import {
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { MergeRequestAction, MergeRequestHostEffect, MergeRequestOutcome } from '../contracts/merge-request-actions.ts';
import type {
  Acted,
  MergeRequestActivities,
  MergeRequestHostActivities,
  MergeRequestInput,
  MergeRequestModelActivities,
  NewMergeRequest,
} from '../contracts/merge-request.ts';
import type { ReviewEnd } from '../contracts/review.ts';
import type { SessionEnd, Typed } from '../contracts/session.ts';
import { TIMEOUTS } from '../contracts/timeouts.ts';
import { inHandId } from '../contracts/work.ts';
import { CHILDREN_CLEAN_UP, CLEAN_UP, GENERAL, KEEP_TYPED, turnOn, workOn } from './activity-options.ts';
import { childrenOf, startAs, startSession, type Children } from './children.ts';
import { keepAll, listen, pauseAndKeep, type Ears } from './ears.ts';
import { show, waitingFor } from './show.ts';

const { assessMergeRequest, actOnMergeRequest, keepTypedForMergeRequest, endMergeRequest } =
  proxyActivities<MergeRequestActivities>(GENERAL);
const onHost = (host: string) => proxyActivities<MergeRequestHostActivities>(workOn(host));
const byModel = (host: string) => proxyActivities<MergeRequestModelActivities>(turnOn(host));

const HOST_EFFECTS: readonly MergeRequestHostEffect['kind'][] = ['commit', 'push', 'takeUp', 'takeBase', 'removeWorktree'];
const UNDERSTANDS: readonly MergeRequestAction['kind'][] = [
  ...(['end', 'wait', 'stop', 'session', 'review', 'triage'] as const),
  ...HOST_EFFECTS,
  ...(['rerun', 'take', 'reply', 'resolve', 'askReviewer', 'askMerge', 'proof', 'log', 'status'] as const),
  ...(['conclude', 'aftermath', 'footer'] as const),
  ...(['say', 'closeIssue', 'retarget', 'deleteBranch', 'notify'] as const),
];

/** How long what no worker knows may wait until it is decided anew. */
const UPGRADE = '1 minute';

interface Work {
  readonly sessions: Children<SessionEnd>;
  readonly reviews: Children<ReviewEnd>;
  /** Of the child that runs: cancelled, it ends the child and nothing else. */
  scope: CancellationScope;
}

export async function mergeRequest(input: MergeRequestInput): Promise<MergeRequestOutcome> {
  const ears = listen(input.paused);
  const work: Work = { sessions: childrenOf(input.sessions), reviews: childrenOf(input.reviews), scope: new CancellationScope() };
  try {
    return await pursue(input, ears, work);
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => cleanUp(input, ears, work));
    throw error;
  }
}

function inScope(work: Work, start: () => Promise<void>): Promise<void> {
  work.scope = new CancellationScope();
  return work.scope.run(start);
}

/** One child at a time: they share the worktree. */
const running = ({ sessions, reviews }: Work): string | null => sessions.running[0] ?? reviews.running[0] ?? null;

async function pursue(input: MergeRequestInput, ears: Ears, work: Work): Promise<MergeRequestOutcome> {
  const request = newOf(input);
  const { sessions, reviews } = work;
  let { decisions, applied } = input;
  const trace: string[] = [];
  let heard = true;
  for (;;) {
    await pauseAndKeep(ears, keepFor(request, work));
    heard ||= ears.unseen > 0;
    ears.look(); // before the snapshot, so that what happens while it is taken wakes us again
    // Not while a child runs: the end of a run takes its children with it, and the next one can't join them again.
    if (workflowInfo().continueAsNewSuggested && running(work) === null) {
      const ended = { sessions: sessions.ended, reviews: reviews.ended };
      await continueAsNew<typeof mergeRequest>({ ...request, ...ended, decisions, applied, paused: ears.paused });
    }

    const seen = { sessions: sessions.ended, reviews: reviews.ended, running: running(work) };
    const decision = await assessMergeRequest.executeWithOptions({ ...GENERAL, summary: `decision ${++decisions}` }, [
      { request, understands: UNDERSTANDS, ...seen, heard, decision: decisions, applied },
    ]);
    const { action, rule, because, facts } = decision;
    show(decision, trace);

    if (action.kind === 'end') {
      const end = { request, outcome: action.outcome, because };
      await endMergeRequest.executeWithOptions({ ...GENERAL, summary: `end: ${rule}` }, [end]);
      if (ears.typed.length === 0) return action.outcome;
    } else if (action.kind === 'wait') {
      heard = await condition(() => ears.unseen > 0, `${action.atMostMinutes} minutes`, { summary: waitingFor(action.forWhom, rule) });
    } else if (action.kind === 'stop') {
      work.scope.cancel();
      await condition(() => running(work) === null, TIMEOUTS.killAnswered, { summary: CHILDREN_CLEAN_UP });
    } else if (action.kind === 'session') {
      const { host } = request.work;
      const options = { ...workOn(host), summary: `prepare ${action.key}` };
      const spec = await onHost(host).prepareForMergeRequest.executeWithOptions(options, [{ request, action }]);
      if (spec === null) continue;
      const child = { ...childOf(request, action.key), phase: action.playbook, spec, host };
      await inScope(work, () => startSession(child, sessions, ears));
    } else if (action.kind === 'review') {
      await inScope(work, () => startReview(request, action, reviews, ears));
    } else {
      const acted = await act(request, rule, action);
      if (acted === 'unknown') {
        // Versions change: either the worker that can do it comes, or nobody decides so any more.
        setCurrentDetails(`**Waiting for the upgrade**: no worker knows "${action.kind}" (${rule})`);
        await condition(() => ears.unseen > 0, UPGRADE, { summary: `wait for the upgrade: ${rule}` });
        continue;
      }
      applied = facts;
      // Its end is dealt with: what became of it is in the ledger.
      if (action.kind === 'commit') delete sessions.ended[action.session];
    }
  }
}

async function act(
  request: NewMergeRequest,
  rule: string,
  action: Exclude<MergeRequestAction, { kind: 'end' | 'wait' | 'stop' | 'session' | 'review' }>,
): Promise<Acted> {
  const summary = `${action.kind}: ${rule}`;
  const { host } = request.work;
  if (action.kind === 'triage')
    return byModel(host).askModelForMergeRequest.executeWithOptions({ ...turnOn(host), summary }, [{ request, rule, action }]);
  if (isOnHost(action)) {
    return onHost(host).actOnMergeRequestHost.executeWithOptions({ ...workOn(host), summary }, [{ request, rule, action }]);
  }
  return actOnMergeRequest.executeWithOptions({ ...GENERAL, summary }, [{ request, rule, action }]);
}

const isOnHost = (action: MergeRequestAction): action is MergeRequestHostEffect =>
  (HOST_EFFECTS as readonly MergeRequestAction['kind'][]).includes(action.kind);

async function startReview(
  request: NewMergeRequest,
  action: Extract<MergeRequestAction, { kind: 'review' }>,
  reviews: Children<ReviewEnd>,
  ears: Ears,
): Promise<void> {
  const { key, head } = action;
  const earlier = Object.values(reviews.ended).findLast(({ findings }) => findings !== null)?.findings ?? request.earlier;
  const { host } = request.work;
  const options = { ...workOn(host), summary: `prepare ${key}` };
  const review = await onHost(host).prepareReviewOfMergeRequest.executeWithOptions(options, [{ request, action, earlier }]);
  if (review === null) return;
  // Of earlier heads; their verdicts are in the store.
  for (const ended of Object.keys(reviews.ended)) delete reviews.ended[ended];
  const killed = (because: string): ReviewEnd => ({
    verdict: 'person',
    head,
    rounds: 0,
    findings: earlier,
    because: `The review was ended from outside: ${because}`,
  });
  await startAs('review', review, childOf(request, key), reviews, ears, killed);
}

const childOf = (request: NewMergeRequest, key: string) => ({
  parent: inHandId(request),
  key,
  workspace: request.work.workspace,
  summary: `${request.ref.owner}/${request.ref.repo}#${request.ref.number}, ${key}`,
});

/** What does not change over the life of the request: what activities are given. */
const newOf = ({ sessions: _s, reviews: _r, decisions: _d, applied: _a, paused: _p, ...request }: MergeRequestInput): NewMergeRequest =>
  request;

const keepFor =
  (request: NewMergeRequest, work: Work) =>
  (typed: readonly Typed[]): Promise<void> =>
    keepTypedForMergeRequest.executeWithOptions({ ...GENERAL, summary: KEEP_TYPED }, [{ request, running: running(work), typed }]);

/** After a kill, which has reached the child as well: wait for its own clean-up, then close the mailbox. */
async function cleanUp(input: MergeRequestInput, ears: Ears, work: Work): Promise<void> {
  await condition(() => running(work) === null, TIMEOUTS.killAnswered, { summary: CHILDREN_CLEAN_UP });
  const end = { request: newOf(input), outcome: null, because: 'The owner of the request was killed.' };
  await endMergeRequest.executeWithOptions({ ...GENERAL, summary: CLEAN_UP }, [end]);
  await keepAll(ears, keepFor(newOf(input), work)); // the mailbox is closed: it all goes back
}
