// What a model writes, while it writes: rows for whoever watches, a few a second. Never read to decide something, so it may be lost.
import type { Store } from '../../store/store.ts';

const EVERY_MS = 250;

export interface LiveText {
  readonly add: (text: string) => void;
  /** Writes what is left. */
  readonly end: () => Promise<void>;
}

export function liveText(store: Store, session: string): LiveText {
  let pending = '';
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  const write = (): void => {
    timer = undefined;
    if (pending === '') return;
    const text = pending;
    pending = '';
    writing = writing.then(() => store.events.append({ events: [{ kind: 'session.text', subject: session, body: { text } }] }));
    writing.catch(() => undefined); // reported by end(); without this it would also be an unhandled rejection
  };
  return {
    add(text) {
      pending += text;
      timer ??= setTimeout(write, EVERY_MS);
    },
    async end() {
      clearTimeout(timer);
      write();
      await writing;
    },
  };
}
