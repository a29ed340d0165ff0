// What a workflow has decided, for tests that wait for it: without the facts, which are large and are asked for again and again.
import type { TraceEntry } from '../../src/contracts/trace.ts';
import type { Store } from '../../src/store/store.ts';
import { until } from './until.ts';

export async function newestDecision({ decisions }: Store, workflow: string): Promise<TraceEntry | undefined> {
  const last = await decisions.last({ workflow });
  return (await decisions.trace({ workflow, after: last - 1, limit: 1 }))[0];
}

/** Of every decision, in order. */
export const rulesOf = async ({ decisions }: Store, workflow: string): Promise<string[]> =>
  (await decisions.trace({ workflow, after: 0, limit: 1_000 })).map(({ rule }) => rule);

/** Waits until the newest decision of a workflow is by this rule. */
export async function standsAt(store: Store, workflow: string, rule: string, seconds = 120): Promise<void> {
  let newest: TraceEntry | undefined;
  const isThere = async (): Promise<boolean> => {
    newest = await newestDecision(store, workflow);
    return newest?.rule === rule;
  };
  await until(`the last rule is ${rule}`, isThere, seconds).catch(async (error: unknown) => {
    const all = await store.decisions.trace({ workflow, after: 0, limit: 1_000 });
    throw new Error(`${String(error)}${all.map((entry) => `\n${entry.rule}: ${entry.because}`).join('')}`);
  });
}
