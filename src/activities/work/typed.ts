// What somebody typed into a coordinator's signal: for the sessions that run, else kept for the next one.
import type { Typed } from '../../contracts/session.ts';
import type { Store } from '../../store/store.ts';

/** @param running ids of the children that run; the mail's ids make it repeatable */
export async function keepTypedFor(store: Store, workflow: string, running: readonly string[], typed: readonly Typed[]): Promise<void> {
  for (const { id: mail, kind, text } of typed) {
    const letter = { from: 'operator (Temporal UI)', kind, body: { text } };
    const taken = await Promise.all(running.map((to, at) => store.mail.post({ ...letter, id: `${mail}/${at}`, to, ifClosed: 'return' })));
    if (!taken.some(({ state }) => state === 'posted'))
      await store.mail.post({ ...letter, id: `${mail}/kept`, to: workflow, ifClosed: 'notice' });
  }
}
