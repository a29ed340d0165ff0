// What a task may cost, with all that it has started: its sessions, its reviews, the owner of its request.
import type { SessionLimits } from '../../contracts/session.ts';
import type { Store } from '../../store/store.ts';
import { costOf } from './cost.ts';

export interface Money {
  /** US dollars, of models whose price is known. */
  readonly spent: number;
  /** The limit, once more for each time that a person has allowed more. */
  readonly allowed: number;
}

export interface MoneyDeps {
  readonly store: Store;
  /** Dollars that a task may cost before a person is asked. */
  readonly taskUsd: number;
}

/** @param task id of the task */
export async function moneyOf({ store, taskUsd }: MoneyDeps, task: string): Promise<Money> {
  const [asked, requests] = await Promise.all([store.outbox.askedBy({ workflow: task }), store.custody.madeBy({ task })]);
  const more = asked.filter(({ id, answer }) => id.startsWith(`${task}/ask/money/`) && answer?.verdict === 'approve').length;
  const costs = await Promise.all([task, ...requests].map((id) => costOf(store, id)));
  return { spent: costs.reduce((sum, { usd }) => sum + usd, 0), allowed: taskUsd * (1 + more) };
}

/** The limits of a session that is about to start: it may cost no more than its task has left. Those that run side by side share nothing. */
export async function limitsWithin<Deps extends MoneyDeps & { readonly limits: SessionLimits }>(
  deps: Deps,
  task: string | null,
): Promise<Deps> {
  if (task === null) return deps;
  const { spent, allowed } = await moneyOf(deps, task);
  return { ...deps, limits: { ...deps.limits, usd: Math.min(deps.limits.usd, Math.max(0, allowed - spent)) } };
}

/** The task that a session or a review belongs to, by its id; null for those of requests. */
export const taskOf = (id: string): string | null => /^task(?:\/[^/]+){5}/.exec(id)?.[0] ?? null;
