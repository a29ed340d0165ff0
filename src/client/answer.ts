// A person's word on something that waits: first the row, in which the first answer wins, then the nudge for who asked.
import type { AnswerOutcome, NewAnswer } from '../contracts/outbox.ts';
import { nudge } from '../activities/mail/nudge.ts';
import type { Doors } from './send.ts';

/**
 * Gives an answer. Repeating it is safe, and mends what a crash between row and nudge has left: whoever asked is told again to look.
 * `undelivered` says why nobody will read an answer that was accepted: who asked was terminated.
 */
export async function answer(doors: Doors, given: NewAnswer): Promise<AnswerOutcome & { readonly undelivered?: string }> {
  const { store } = doors;
  const outcome = await store.outbox.answer(given);
  if (outcome.state === 'refused') return outcome;
  const item = outcome.state === 'accepted' ? outcome.item : await store.outbox.find({ id: given.item });
  if (item !== undefined) await nudge(doors, item.askedBy);
  if (outcome.state !== 'accepted') return outcome;
  const mail = await store.mail.find({ id: outcome.item.answer?.mail ?? '' });
  return mail?.returnedBecause === undefined ? outcome : { ...outcome, undelivered: mail.returnedBecause };
}
