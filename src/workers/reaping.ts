// A host ends the jobs of sessions that are over: at its start, and every minute. This is for what nobody told it about: a session that
// was terminated, or killed while the host was down.
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { Runtime } from '@temporalio/worker';
import type { Jobs } from '../jobs/jobs.ts';

const EVERY_MS = 60_000;

/** Returns a function that ends it and waits for the round under way. */
export function keepReaping(jobs: Jobs, client: Client): () => Promise<void> {
  const stopped = new AbortController();
  const rounds = (async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      // The server may be away; the next round comes.
      await jobs.reap((scope) => runs(client, scope)).catch(warn);
      await sleep(EVERY_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stopped.abort();
    await rounds;
  };
}

function warn(error: unknown): void {
  Runtime.instance().logger.warn('Could not reap the jobs of sessions that are over.', { error: String(error) });
}

/** The scope of a job is the id of its session's workflow. */
async function runs(client: Client, workflowId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
