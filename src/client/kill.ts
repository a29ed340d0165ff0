// Ends a workflow on somebody's word. Its own clean-up comes first: children, processes, mail. One that does not answer is terminated;
// its hosts then reap what it left.
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { sourceOfTask, type TaskEnd } from '../contracts/task.ts';
import { TIMEOUTS } from '../contracts/timeouts.ts';
import { nudge } from '../activities/mail/nudge.ts';
import type { Doors } from './send.ts';

export type KillOutcome = 'cancelled' | 'terminated' | 'had ended';

export async function kill({ store, client }: Doors, workflow: string, by: string, reason: string): Promise<KillOutcome> {
  const handle = client.workflow.getHandle(workflow);
  const { status } = await handle.describe();
  if (status.name !== 'RUNNING') return 'had ended';
  await store.events.append({ events: [{ kind: 'session.killed', subject: workflow, body: { by, reason } }] });
  // The handle's own `cancel` takes no reason.
  await client.workflowService.requestCancelWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: workflow },
    reason: `${by}: ${reason}`,
    identity: by,
  });
  if (await ends(handle)) return 'cancelled';
  await handle.terminate(`${by}: ${reason} (no answer to the cancellation)`);
  await store.mail.giveBack({ address: workflow, because: `${workflow} was killed: ${reason}` });
  const source = sourceOfTask(workflow);
  if (source !== undefined) {
    await store.sources.end({ ...source, outcome: 'killed' satisfies TaskEnd }); // the task had no chance to
    const paused = await store.custody.pauseOf({ task: workflow, by, because: `${workflow} was killed: ${reason}` });
    for (const request of paused) await nudge({ store, client }, request);
    for (const follower of await store.chains.followers({ after: workflow })) await nudge({ store, client }, follower);
  }
  return 'terminated';
}

/** True when the workflow ends within the time that a clean-up may take. */
async function ends(handle: WorkflowHandle): Promise<boolean> {
  const deadline = Date.now() + TIMEOUTS.killAnswered;
  while (Date.now() < deadline) {
    if ((await handle.describe()).status.name !== 'RUNNING') return true;
    await sleep(200);
  }
  return false;
}
