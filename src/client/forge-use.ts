// What asking the forge costs, for people: calls of this hour and the one before, what is left of the quota, where the polls stand.
import type { Store } from '../store/store.ts';

export interface ForgeUse {
  readonly calls: readonly { readonly hour: string; readonly resource: string; readonly calls: number; readonly unchanged: number }[];
  readonly quotas: readonly { readonly resource: string; readonly most: number; readonly remaining: number; readonly resetsAt: string }[];
  readonly polls: readonly {
    readonly repository: string;
    readonly at: string;
    readonly nextAt: string | null;
    readonly failures: number;
    readonly said: string;
  }[];
}

const HOUR_MS = 60 * 60_000;
const time = (at: number): string => new Date(at).toISOString();

export async function forgeUse(store: Pick<Store, 'forgeUse' | 'polls'>): Promise<ForgeUse> {
  const [calls, quotas, polls] = await Promise.all([
    store.forgeUse.calls({ since: Date.now() - 2 * HOUR_MS }),
    store.forgeUse.quotas({}),
    store.polls.all({}),
  ]);
  return {
    calls: calls.map((one) => ({ ...one, hour: time(one.hour) })),
    quotas: quotas.map((one) => ({ ...one, resetsAt: time(one.resetsAt) })),
    polls: polls.map((one) => ({ ...one, at: time(one.at), nextAt: one.nextAt === null ? null : time(one.nextAt) })),
  };
}

/** One line. */
export function inWords({ calls, quotas, polls }: ForgeUse): string {
  const sum = (of: 'calls' | 'unchanged'): number => calls.reduce((total, one) => total + one[of], 0);
  const left = quotas.map(({ resource, remaining, most }) => `${resource} ${remaining} of ${most} left`);
  const failing = polls.filter(({ failures }) => failures > 0).map(({ repository, said }) => `${repository}: ${said}`);
  const first = sum('calls') === 0 ? 'not asked yet' : `${sum('calls')} calls in this hour and the last, ${sum('unchanged')} of them free`;
  return [first, ...left, ...failing].join('; ');
}
