// What a session does besides thinking and working: its mailbox and its end.
import { entryKey, type Said } from '../../contracts/said.ts';
import type { SessionActivities } from '../../contracts/session.ts';
import type { Store } from '../../store/store.ts';

export function createSessionActivities({ store }: { readonly store: Store }): SessionActivities {
  return {
    async keepTyped({ session, typed }) {
      for (const { id, kind, text } of typed) {
        await store.mail.post({ id, to: session, from: 'operator (Temporal UI)', kind, body: { text }, ifClosed: 'reopen' });
      }
    },

    async endSession({ session, turn, end, evenWithMail }) {
      if (evenWithMail) await store.mail.giveBack({ address: session, because: `${session} has ended: ${end.because}` });
      else if ((await store.mail.close({ address: session })).state === 'unseen') return false;
      const said: Said = { kind: 'end', ...end };
      await store.transcripts.append({ session, key: entryKey.end(turn), messages: [said] });
      return true;
    },
  };
}
