// The end of a session: its mailbox is closed, and its transcript says how it ended. In this order, so that what has ended takes no more mail;
// each is the same when it is done again.
import { activityInfo } from '@temporalio/activity';
import { entryKey, type Said } from '../../contracts/said.ts';
import type { SessionEnd } from '../../contracts/session.ts';
import type { Store } from '../../store/store.ts';

interface Ending {
  readonly session: string;
  readonly turn: number;
  readonly end: SessionEnd;
}

/** Ends a session in whose mailbox nothing is unseen; false, and nothing is done, when something is. */
export async function endUnlessMail(store: Store, ending: Ending): Promise<boolean> {
  if ((await store.mail.close({ address: ending.session })).state === 'unseen') return false;
  await recordEnd(store, ending);
  return true;
}

export async function recordEnd(store: Store, { session, turn, end }: Ending): Promise<void> {
  const said: Said = { kind: 'end', ...end, run: activityInfo().workflowExecution?.runId ?? '' };
  await store.transcripts.append({ session, key: entryKey.end(turn), messages: [said] });
}
