// `signalbox approve`, `reject`, `answer`, `confirm`: the first answer that fits what waits counts, on record with who gave it.
import type { OutboxItem, Verdict } from '../../contracts/outbox.ts';
import { answer } from '../answer.ts';
import { withDoors } from './doors.ts';
import { findItem, whatWaits } from './find-item.ts';
import { dim, print, printJson } from './output.ts';
import { person } from './person.ts';
import { Problem } from './problem.ts';

const DONE: Readonly<Record<Verdict, string>> = { approve: 'Approved', reject: 'Rejected', answer: 'Answered', confirm: 'Confirmed' };

export async function giveAnswer(verdict: Verdict, named: string, text: string, options: { json?: true; head?: string }): Promise<void> {
  const { item, outcome } = await withDoors(async (doors) => {
    const item = await findItem(doors.store, named, verdict);
    const body = text === '' ? null : { text };
    const about = commitMeant(item, options.head);
    const given = { item: item.id, verdict, by: person(), body, ...(about === undefined ? {} : { about }) };
    return { item, outcome: await answer(doors, given) };
  });
  if (outcome.state === 'refused') throw new Problem(`${outcome.because} ${whatWaits(outcome.waiting)}`);
  if (outcome.state === 'answered already') {
    const { verdict: was, by, at } = outcome.answer;
    throw new Problem(`${item.id} was answered already: ${was} by ${by}, ${new Date(at).toISOString()}.`);
  }
  if (outcome.undelivered !== undefined) throw new Problem(`Nobody will read it: ${outcome.undelivered}`);
  if (options.json === true) return printJson(outcome.item);
  print(`${DONE[verdict]}: ${item.question}${item.about === undefined ? '' : dim(` (${item.about})`)}`);
}

/** An answer is about the commit that the item asks about, unless the person names one: then that has to be it, or a beginning of it. */
function commitMeant({ about }: OutboxItem, head: string | undefined): string | undefined {
  if (head === undefined || (about?.startsWith(head) === true && head.length >= 7)) return about;
  return head;
}
