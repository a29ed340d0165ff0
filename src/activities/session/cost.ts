// What sessions have cost, from the replies that they got. Adding up is the only place where prices meet tokens outside of a session.
import { priceOf } from '../../contracts/prices.ts';
import type { Said } from '../../contracts/said.ts';
import type { Store } from '../../store/store.ts';

export interface Cost {
  /** Replies of models. */
  readonly turns: number;
  readonly tokens: number;
  /** US dollars, of the models whose price is known. */
  readonly usd: number;
  /** The others, as "provider/id", sorted. */
  readonly unpriced: readonly string[];
}

/** @param prefix id of a session, or what the ids of several begin with before a slash: a task's or a request's */
export async function costOf(store: Store, prefix: string): Promise<Cost> {
  const said = (await store.transcripts.turns({ prefix })) as readonly Said[];
  const replies = said.filter((one) => one.kind === 'reply');
  const priced = replies.map(({ model, usage }) => ({ model, usage, usd: priceOf(model, usage) }));
  const unknown = priced.filter(({ usd }) => usd === null).map(({ model }) => `${model.provider}/${model.id}`);
  return {
    turns: replies.length,
    tokens: replies.reduce((sum, { usage }) => sum + usage.input + usage.output + usage.cacheRead + usage.cacheWrite, 0),
    usd: priced.reduce((sum, { usd }) => sum + (usd ?? 0), 0),
    unpriced: [...new Set(unknown)].sort(),
  };
}

/** Of two that share no session. */
export const sum = (a: Cost, b: Cost): Cost => ({
  turns: a.turns + b.turns,
  tokens: a.tokens + b.tokens,
  usd: a.usd + b.usd,
  unpriced: [...new Set([...a.unpriced, ...b.unpriced])].sort(),
});
