// What a worker does again and again beside its tasks, for what nobody told it about. A round that fails is tried again with the next.
import { setTimeout as sleep } from 'node:timers/promises';
import { Runtime } from '@temporalio/worker';

/**
 * Does `work` now and then every so many milliseconds.
 * @param what for the log: what could not be done
 * @returns a function that ends it and waits for the round under way
 */
export function keepDoing(what: string, everyMs: number, work: () => Promise<unknown>): () => Promise<void> {
  const stopped = new AbortController();
  const rounds = (async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      // The server, the forge or the store may be away; the next round comes.
      await work().catch((error: unknown) => {
        Runtime.instance().logger.warn(`Could not ${what}.`, { error: String(error) });
      });
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stopped.abort();
    await rounds;
  };
}
