// Leaves mail for a workflow: first the row, then the nudge. What the nudge can't reach is still in the row, and a mailbox whose owner
// is gone gives it back.
import type { Client } from '@temporalio/client';
import { nudge } from '../activities/mail/nudge.ts';
import type { NewMail, PostOutcome } from '../contracts/mail.ts';
import type { Store } from '../store/store.ts';

export interface Doors {
  readonly store: Store;
  readonly client: Client;
}

/** Idempotent by the mail's id. `undelivered` says why; the row stays with the reason. */
export async function send({ store, client }: Doors, mail: NewMail): Promise<PostOutcome> {
  const posted = await store.mail.post({ ...mail, ifClosed: 'return' });
  if (posted.state === 'undelivered' || (await nudge({ store, client }, mail.to))) return posted;
  return store.mail.post({ ...mail, ifClosed: 'return' });
}
