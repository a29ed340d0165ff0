// What sessions have cost, from the replies that they got and the time that they took. Adding up is the only place where prices meet tokens outside of a session.
import type { Budget } from '../../contracts/budget.ts';
import { priceOf } from '../../contracts/prices.ts';
import type { Said } from '../../contracts/said.ts';
import type { Store } from '../../store/store.ts';

export interface Cost extends Budget {
  /** Models without a known price, as "provider/id", sorted. */
  readonly unpriced: readonly string[];
}

/** @param prefix id of a session, or what the ids of several begin with before a slash: a task's or a request's */
export async function costOf(store: Store, prefix: string): Promise<Cost> {
  const [said, took] = await Promise.all([
    store.transcripts.turns({ prefix }) as Promise<readonly Said[]>,
    store.transcripts.took({ prefix }),
  ]);
  const replies = said.filter((one) => one.kind === 'reply');
  const priced = replies.map(({ model, usage }) => ({ model, usage, usd: priceOf(model, usage) }));
  const unknown = priced.filter(({ usd }) => usd === null).map(({ model }) => `${model.provider}/${model.id}`);
  return {
    turns: replies.length,
    minutes: (took - replies.reduce((sum, { waited = 0 }) => sum + waited, 0)) / 60_000,
    tokens: replies.reduce((sum, { usage }) => sum + usage.input + usage.output + usage.cacheRead + usage.cacheWrite, 0),
    usd: priced.reduce((sum, { usd }) => sum + (usd ?? 0), 0),
    unpriced: [...new Set(unknown)].sort(),
  };
}

/** Of two that share no session. */
export const sum = (a: Cost, b: Cost): Cost => ({
  turns: a.turns + b.turns,
  minutes: a.minutes + b.minutes,
  tokens: a.tokens + b.tokens,
  usd: a.usd + b.usd,
  unpriced: [...new Set([...a.unpriced, ...b.unpriced])].sort(),
});
