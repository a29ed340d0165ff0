// Leaves mail for a workflow: first the row, then the nudge. What the nudge can't reach is still in the row, and a mailbox whose owner
// is gone gives it back.
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { NewMail, PostOutcome } from '../contracts/mail.ts';
import { LOOK } from '../contracts/signals.ts';
import type { Store } from '../store/store.ts';

export interface Doors {
  readonly store: Store;
  readonly client: Client;
}

/** Idempotent by the mail's id. `undelivered` says why; the row stays with the reason. */
export async function send({ store, client }: Doors, mail: NewMail): Promise<PostOutcome> {
  const posted = await store.mail.post({ ...mail, ifClosed: 'return' });
  if (posted.state === 'undelivered') return posted;
  const handle = client.workflow.getHandle(mail.to);
  try {
    await handle.signal(LOOK);
    return posted;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  // Either it has not started yet, and will read the row when it does, or it was ended without a chance to close its mailbox.
  const existed = await handle.describe().then(
    () => true,
    (error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    },
  );
  if (existed) await store.mail.giveBack({ address: mail.to, because: `${mail.to} has ended.` });
  return store.mail.post({ ...mail, ifClosed: 'return' });
}
