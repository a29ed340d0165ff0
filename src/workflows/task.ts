// Owns an issue until there is a pull request for it. No rule, no clock, no I/O: it applies recorded decisions.
import {
  CancellationScope,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { searchAttributes } from '../contracts/search-attributes.ts';
import type { SessionEnd } from '../contracts/session.ts';
import {
  taskId,
  type TaskAction,
  type TaskActivities,
  type TaskHostActivities,
  type TaskInput,
  type TaskOutcome,
} from '../contracts/task.ts';
import { TIMEOUTS } from '../contracts/timeouts.ts';
import { GENERAL, quickToolsOn } from './activity-options.ts';
import { listen, type Ears } from './ears.ts';
import { session } from './session.ts';

const { assessTask, actOnForge, keepTypedForTask, endTask } = proxyActivities<TaskActivities>(GENERAL);

const UNDERSTANDS: readonly TaskAction['kind'][] = [
  ...(['end', 'wait', 'session', 'commit', 'push'] as const),
  ...(['label', 'openRequest', 'comment', 'notify'] as const),
];

interface Children {
  /** Key of the session that runs. */
  running: string | null;
  readonly ended: Record<string, SessionEnd>;
}

export async function task(input: TaskInput): Promise<TaskOutcome> {
  const ears = listen(input.paused);
  const children: Children = { running: null, ended: { ...input.sessions } };
  try {
    return await pursue(input, ears, children);
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => cleanUp(input, children));
    throw error;
  }
}

async function pursue(input: TaskInput, ears: Ears, children: Children): Promise<TaskOutcome> {
  const { task: ref } = input;
  let { decisions, applied } = input;
  for (;;) {
    await pauseAndKeep(input, ears, children);
    ears.look(); // before the snapshot, so that what happens while it is taken wakes us again
    // Not while a session runs: the end of a run takes its children with it, and the next one can't join them again.
    if (workflowInfo().continueAsNewSuggested && children.running === null)
      await continueAsNew<typeof task>({ ...input, sessions: children.ended, decisions, applied, paused: ears.paused });

    const { ended: sessions, running } = children;
    const decision = await assessTask({ task: ref, understands: UNDERSTANDS, sessions, running, decision: ++decisions, applied });
    const { action, rule, because, facts } = decision;
    setCurrentDetails(`**${action.kind}** (${rule}): ${because}`);
    const phase = action.kind === 'wait' ? `waiting for ${action.forWhom}` : action.kind;
    upsertSearchAttributes([{ key: searchAttributes.phase, value: phase }]);

    if (action.kind === 'end') {
      await endTask({ task: ref, because });
      if (ears.typed.length === 0) return action.outcome;
    } else if (action.kind === 'wait') {
      await condition(() => ears.unseen > 0, `${action.atMostMinutes} minutes`);
    } else if (action.kind === 'session') {
      await startSession(input, action.key, children, ears);
    } else {
      applied = facts;
      const summary = `${action.kind}: ${rule}`;
      if (action.kind === 'commit' || action.kind === 'push')
        await onHost(input.host).actOnHost.executeWithOptions({ ...quickToolsOn(input.host), summary }, [{ task: ref, rule, action }]);
      else await actOnForge.executeWithOptions({ ...GENERAL, summary }, [{ task: ref, rule, action }]);
    }
  }
}

const onHost = (host: string) => proxyActivities<TaskHostActivities>(quickToolsOn(host));

/** Waits while paused, and makes rows of typed signals until there are none: more may come while they are written. */
async function pauseAndKeep({ task: ref }: TaskInput, ears: Ears, { running }: Children): Promise<void> {
  while (ears.paused || ears.typed.length > 0) {
    if (ears.typed.length > 0) {
      await keepTypedForTask({ task: ref, running, typed: ears.typed.splice(0) });
    } else {
      setCurrentDetails('**Paused**');
      await condition(() => !ears.paused || ears.typed.length > 0);
    }
  }
}

/** Returns when the session has started; its end wakes the loop. */
async function startSession({ task: ref, host }: TaskInput, key: string, children: Children, ears: Ears): Promise<void> {
  const spec = await onHost(host).prepareSession({ task: ref, key });
  const child = await startChild(session, {
    workflowId: `${taskId(ref)}/${key}`,
    args: [{ spec, host, turn: 1, paused: false }],
    workflowTaskTimeout: TIMEOUTS.workflowTask,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: `${ref.owner}/${ref.repo}#${ref.issue}, ${key}`,
    typedSearchAttributes: [{ key: searchAttributes.workspace, value: ref.workspace }],
  });
  children.running = key;
  const ended = (end: SessionEnd): void => {
    children.ended[key] = end;
    children.running = null;
    ears.unseen++;
  };
  void child.result().then(ended, (error: unknown) => {
    if (!(error instanceof ChildWorkflowFailure)) throw error;
    ended({ outcome: 'killed', rule: 'session-ended-from-outside', because: error.cause?.message ?? error.message });
  });
}

/** After a kill, which has reached the session as well: wait for its own clean-up, then tell whoever wrote to the task. */
async function cleanUp({ task: ref }: TaskInput, children: Children): Promise<void> {
  await condition(() => children.running === null, TIMEOUTS.killAnswered);
  await endTask({ task: ref, because: 'The task was killed.' });
}
