// Why a workflow did what it did: its decisions with the facts that were seen, from the trace in the store.
import type { TraceEntry } from '../contracts/trace.ts';
import type { Store } from '../store/store.ts';

export interface Explanation extends Omit<TraceEntry, 'facts'> {
  /** What was seen. */
  readonly facts: unknown;
}

const MOST = 1000;

/** The decisions of a workflow after number `after`, in order, at most 1,000. */
export async function explain(store: Store, workflow: string, after = 0): Promise<Explanation[]> {
  const trace = await store.decisions.trace({ workflow, after, limit: MOST });
  return Promise.all(trace.map(async ({ facts, ...entry }) => ({ ...entry, facts: await factsOf(store, facts) })));
}

async function factsOf(store: Store, digest: string): Promise<unknown> {
  const bytes = await store.blobs.get({ digest });
  return bytes === undefined ? null : JSON.parse(new TextDecoder().decode(bytes));
}
