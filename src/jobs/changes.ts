// Waits for the files by which a job reports. Inotify wakes at once; the interval is for what makes no event: a supervisor that died.
import { watch } from 'node:fs';

export interface Changes extends Disposable {
  /** Resolves after a change since the last call, or after the interval. @throws the signal's reason */
  next(intervalMs: number, signal?: AbortSignal): Promise<void>;
}

/** Watches one directory for the given names. Made before the first look, so that no change is missed. */
export function changesOf(directory: string, names: readonly string[]): Changes {
  const unseen = new Set<string>();
  let wake = (): void => undefined;
  const watcher = watch(directory, (_event, name) => {
    if (name === null || !names.includes(name)) return;
    unseen.add(name);
    wake();
  });
  watcher.on('error', () => wake()); // a directory that was removed: the next look says so
  return {
    async next(intervalMs, signal) {
      signal?.throwIfAborted();
      if (unseen.size === 0)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, intervalMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
          signal?.addEventListener('abort', wake, { once: true });
        });
      signal?.removeEventListener('abort', wake);
      signal?.throwIfAborted();
      unseen.clear();
    },
    [Symbol.dispose]: () => watcher.close(),
  };
}
