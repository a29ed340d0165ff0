// Who hears what a person says to a task, a review or a request, and when. What is to be seen before the next step goes to the session that
// works for it now, also where that works on the task's request; anything else is a row of whom it was said to, who passes it on.
import type { Store } from '../../store/store.ts';
import { listWork, type Work } from './work.ts';
import type { Client } from '@temporalio/client';

export interface Listener {
  readonly id: string;
  /** When it will be seen, in words. */
  readonly when: string;
}

export async function listener(
  { client, store }: { readonly client: Client; readonly store: Store },
  { id, kind }: Pick<Work, 'id' | 'kind'>,
  said: 'steer' | 'tell',
): Promise<Listener> {
  if (kind === 'session') return { id, when: said === 'steer' ? 'before its next step' : 'at its next break' };
  const requests = kind === 'task' ? await store.custody.madeBy({ task: id }) : [];
  if (said === 'steer') {
    const running = await listWork(client, { all: false });
    const session = running.find((work) => work.kind === 'session' && [id, ...requests].some((owner) => isOf(owner, work.id)));
    if (session !== undefined) return { id: session.id, when: 'before its next step' };
    return { id, when: 'when it begins its next session: none runs now' };
  }
  return { id, when: 'at its next break' };
}

/** Ids of children begin with that of their owner, which for a request that was handed over again has its number: "mr/…/7@2/answer/1". */
export const isOf = (owner: string, id: string): boolean => id.startsWith(owner) && /^((@\d+)?\/|$)/.test(id.slice(owner.length));
