// What a session does besides thinking and working: its mailbox and its end.
import { OURSELVES } from '../../contracts/mail.ts';
import type { SessionActivities } from '../../contracts/session.ts';
import { endUnlessMail, recordEnd } from './end.ts';
import { createSpecs } from './spec.ts';
import type { Store } from '../../store/store.ts';

export function createSessionActivities({ store }: { readonly store: Store }): SessionActivities {
  const readSpec = createSpecs(store);
  return {
    async keepTyped({ session, typed }) {
      for (const { id, kind, text } of typed) {
        await store.mail.post({ id, to: session, from: 'operator (Temporal UI)', kind, body: { text }, ifClosed: 'reopen' });
      }
    },

    async endSession({ session, spec, turn, end, evenWithMail }) {
      if (evenWithMail && spec !== undefined && end.outcome !== 'killed') await leaveWords(session, (await readSpec(spec)).mailbox);
      if (!evenWithMail) return endUnlessMail(store, { session, turn, end });
      await store.mail.giveBack({ address: session, because: `${session} has ended: ${end.because}` });
      await recordEnd(store, { session, turn, end });
      return true;
    },
  };

  /**
   * What was said and never seen is for the next session, if whoever this one works for starts one; else it goes back from there. Once: where that
   * one can't see it either, whoever has said it is told. As `steer`, because a directive that was said to a session is none to its task.
   */
  async function leaveWords(session: string, mailbox: string | undefined): Promise<void> {
    if (mailbox === undefined) return;
    for (const letter of await store.mail.take({ address: session })) {
      if (!WORDS.includes(letter.kind) || letter.from === OURSELVES || letter.id.includes(LEFT)) continue;
      const left = await store.mail.post({ ...letter, id: `${letter.id}${LEFT}`, to: mailbox, kind: 'steer', ifClosed: 'return' });
      if (left.state === 'posted') await store.mail.acted({ mail: [letter.id], by: mailbox });
    }
  }
}

const WORDS: readonly string[] = ['steer', 'tell'];
/** Part of the id of what a session has left unseen. */
const LEFT = '/unseen';
