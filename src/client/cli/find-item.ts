// The outbox item that a person names: by its id or the beginning of it, or by the task or request that asks, where only one waits there.
import type { OutboxItem, Verdict } from '../../contracts/outbox.ts';
import type { Store } from '../../store/store.ts';
import { EXIT } from './exit-codes.ts';
import { Problem } from './problem.ts';

/**
 * @param verdict what the person says to it: of several that wait, those that take it are meant
 * @throws Problem that says what waits now
 */
export async function findItem(store: Store, named: string, verdict?: Verdict): Promise<OutboxItem> {
  if (named.trim() === '') throw new Problem('Name an item, or the task or request that asks: "signalbox outbox" shows them.');
  const exact = await store.outbox.find({ id: named });
  if (exact !== undefined) return exact;
  const waiting = await store.outbox.waiting({});
  const found = waiting.filter((item) => item.id.startsWith(named) || asks(item, named));
  const fitting = verdict === undefined ? [] : found.filter(({ accepts }) => accepts.includes(verdict));
  const [only, ...others] = fitting.length > 0 ? fitting : found;
  if (only === undefined) throw new Problem(`Nothing that waits is called ${JSON.stringify(named)}. ${whatWaits(waiting)}`, EXIT.unknown);
  if (others.length > 0) throw new Problem(`"${named}" could be one of several. ${whatWaits([only, ...others])}`, EXIT.unknown);
  return only;
}

/** Whether an item is asked by this workflow or by what it has started: "task/…", an end of an id, or "owner/repo#7", as in other commands. */
export const asks = ({ askedBy }: Pick<OutboxItem, 'askedBy'>, named: string): boolean =>
  named !== '' && `/${askedBy}/`.includes(`/${named.replace(/^\//, '').replace(/^([\w.-]+\/[\w.-]+)#(\d+)$/, '$1/$2')}/`);

export const whatWaits = (waiting: readonly OutboxItem[]): string =>
  waiting.length === 0 ? 'Nothing waits.' : `Waiting now:\n${waiting.map(({ id, question }) => `  ${id}  ${question}`).join('\n')}`;
