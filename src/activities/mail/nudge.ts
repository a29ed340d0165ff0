// Wakes whom mail was left for.
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { LOOK } from '../../contracts/signals.ts';
import type { Store } from '../../store/store.ts';

/**
 * Tells a workflow to look. One that has not started yet will read its rows when it does; one that was ended without a chance to close
 * its mailbox gets it closed here, and its mail goes back. Returns whether it runs.
 */
export async function nudge({ store, client }: { readonly store: Store; readonly client: Client }, workflow: string): Promise<boolean> {
  const handle = client.workflow.getHandle(workflow);
  try {
    await handle.signal(LOOK);
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  const existed = await handle.describe().then(
    () => true,
    (error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    },
  );
  if (existed) await store.mail.giveBack({ address: workflow, because: `${workflow} has ended.` });
  return false;
}
