// What runs and has nothing to do: owners of requests that have ended, which only notice for a while what becomes of them, and merge lanes that nobody
// wants anything of. It is not work in progress, and lists of what is leave it out.
import type { Store } from '../../store/store.ts';
import type { Work } from './work.ts';

/** Those of them that are at work or wait for something. */
export async function withoutIdle(store: Store, work: readonly Work[]): Promise<Work[]> {
  const busy = await Promise.all(
    work.map(async ({ id, kind, state }) => {
      if (state !== 'running') return true;
      if (kind === 'mergeRequest') return !(await isOver(store, id));
      return kind !== 'mergeLane' || (await store.merges.waiting({ lane: id })).length > 0;
    }),
  );
  return work.filter((_, at) => busy[at]);
}

async function isOver(store: Store, workflow: string): Promise<boolean> {
  if ((await store.merges.logged({ request: workflow })) !== undefined) return true;
  const after = (await store.decisions.last({ workflow })) - 1;
  return (await store.decisions.trace({ workflow, after, limit: 1 }))[0]?.rule === 'closed-watched';
}
