// What a task may spend, with all that it has started: its sessions, its reviews, the owner of its request.
import { BUDGETED, times, type Budget } from '../../contracts/budget.ts';
import type { SessionLimits } from '../../contracts/session.ts';
import type { Store } from '../../store/store.ts';
import { costOf } from './cost.ts';

export interface BudgetDeps {
  readonly store: Store;
  /** What a task may spend before a person is asked. */
  readonly taskBudget: Budget;
}

/** What was spent, and what may be: the budget, once more for each time that a person has allowed more. @param task id of the task */
export async function budgetOf(
  { store, taskBudget }: BudgetDeps,
  task: string,
): Promise<{ readonly spent: Budget; readonly allowed: Budget }> {
  const [asked, requests] = await Promise.all([store.outbox.askedBy({ workflow: task }), store.custody.madeBy({ task })]);
  const more = asked.filter(({ id, answer }) => id.startsWith(`${task}/ask/budget/`) && answer?.verdict === 'approve').length;
  const costs = await Promise.all([task, ...requests].map((id) => costOf(store, id)));
  return { spent: each((what) => costs.reduce((sum, cost) => sum + cost[what], 0)), allowed: times(taskBudget, 1 + more) };
}

/** The limits of a session that is about to start: it may spend no more than its task has left. Those that run side by side share nothing. */
export async function limitsWithin<Deps extends BudgetDeps & { readonly limits: SessionLimits }>(
  deps: Deps,
  task: string | null,
): Promise<Deps> {
  if (task === null) return deps;
  const { spent, allowed } = await budgetOf(deps, task);
  const left = each((what) => Math.max(0, Math.min(deps.limits[what], allowed[what] - spent[what])));
  return { ...deps, limits: { ...deps.limits, ...left } };
}

const each = (amount: (what: keyof Budget) => number): Budget =>
  Object.fromEntries(BUDGETED.map((what) => [what, amount(what)])) as unknown as Budget;

/** The task that a session or a review belongs to, by its id; null for those of requests. */
export const taskOf = (id: string): string | null => /^task(?:\/[^/]+){5}/.exec(id)?.[0] ?? null;
