// What a model writes or a command prints, while it does: rows for whoever watches, a few a second. Never read to decide something, so it may be lost.
// Rows end between words, so that a secret is not cut in two and then not known as one.
import type { Store } from '../../store/store.ts';

const EVERY_MS = 250;
/** Text without any space is no secret any more. */
const LONGEST_WORD = 4000;

export interface LiveText {
  readonly add: (text: string) => void;
  /** Writes what is left. */
  readonly end: () => Promise<void>;
}

export function liveText(store: Store, session: string, kind: 'session.text' | 'session.output'): LiveText {
  let pending = '';
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  const write = (until: number): void => {
    timer = undefined;
    const text = pending.slice(0, until);
    if (text === '') return;
    pending = pending.slice(until);
    writing = writing.then(() => store.events.append({ events: [{ kind, subject: session, body: { text } }] }));
    writing.catch(() => undefined); // reported by end(); without this it would also be an unhandled rejection
  };
  return {
    add(text) {
      pending += text;
      timer ??= setTimeout(() => write(wholeWords(pending)), EVERY_MS);
    },
    async end() {
      clearTimeout(timer);
      write(pending.length);
      await writing;
    },
  };
}

/** How much of a text can be shown before its next words are known. A private key is one word, whatever lines it has. */
function wholeWords(text: string): number {
  const key = /-----BEGIN (?![^]*-----END )/.exec(text);
  const end = key?.index ?? text.search(/\S*$/);
  return text.length - end > LONGEST_WORD ? text.length : end;
}
