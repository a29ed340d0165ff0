// `signalbox outbox`: what people are asked and told, as rows; `watch` stays for what comes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from '../../contracts/event.ts';
import type { OutboxItem } from '../../contracts/outbox.ts';
import type { Store } from '../../store/store.ts';
import { withStore } from './doors.ts';
import { findItem } from './find-item.ts';
import { age, dim, print, printJson, table } from './output.ts';
import { person } from './person.ts';
import { nameOf } from './request-name.ts';

const PAGE = 500;
const LOOK_EVERY_MS = 300;

export async function listOutbox(options: { json?: true }): Promise<void> {
  const waiting = await withStore((store) => store.outbox.waiting({}));
  if (options.json === true) return waiting.forEach(printJson);
  if (waiting.length === 0) return print('Nothing waits.');
  print(waitingTable(waiting));
  const [{ accepts, askedBy } = { accepts: [], askedBy: '' }] = waiting;
  // Shorter than its own id, which does as well.
  print(dim(`Next: signalbox ${accepts[0] ?? 'outbox ack'} ${askedBy.startsWith('mr/') ? nameOf(askedBy) : askedBy}`));
}

/** What waits, and what a person can do about each. */
export const waitingTable = (waiting: readonly OutboxItem[]): string =>
  table(
    ['item', 'question', 'takes', 'seen by', 'age'],
    waiting.map(({ id, question, accepts, seenBy, askedAt }) => [
      id,
      question,
      accepts.length === 0 ? 'ack' : accepts.join(', '),
      seenBy ?? '',
      age(new Date(askedAt)),
    ]),
  );

export async function acknowledge(named: string, options: { json?: true }): Promise<void> {
  const item = await withStore(async (store) => {
    const { id } = await findItem(store, named);
    return store.outbox.see({ id, by: person() });
  });
  if (options.json === true) return printJson(item);
  const still = item?.accepts.length === 0 ? '' : `; it still waits: ${item?.accepts.join(' or ') ?? ''}`;
  print(`Seen by ${item?.seenBy ?? ''}: ${item?.question ?? ''}${still}`);
}

/** Prints what waits, then what comes, until Ctrl-C. With `--json` a line is `{ event, item }`. */
export async function watchOutbox(options: { json?: true }): Promise<void> {
  await withStore(async (store) => {
    let after = await store.events.last({}); // before the list, so that nothing falls between
    for (const item of await store.outbox.waiting({})) tell(options, 'waits', item);
    for (;;) {
      const page = await store.events.after({ seq: after, limit: PAGE });
      for (const event of page) await tellOf(store, options, event);
      after = page.at(-1)?.seq ?? after;
      if (page.length < PAGE) await sleep(LOOK_EVERY_MS);
    }
  });
}

async function tellOf(store: Store, options: { json?: true }, { kind, body }: Event): Promise<void> {
  if (!kind.startsWith('outbox.')) return;
  const item = await store.outbox.find({ id: (body as { item: string }).item });
  if (item !== undefined) tell(options, kind.slice('outbox.'.length), item);
}

function tell(options: { json?: true }, event: string, item: OutboxItem): void {
  if (options.json === true) return printJson({ event, item });
  const { answer, seenBy, withdrawnBecause } = item;
  const how =
    answer !== undefined ? `${answer.verdict} by ${answer.by}` : event === 'seen' ? `by ${seenBy ?? ''}` : (withdrawnBecause ?? '');
  print(`${event.padEnd(10)}  ${item.id}  ${item.question} ${dim(how)}`);
}
