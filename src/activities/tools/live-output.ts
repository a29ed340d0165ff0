// What a command prints, while it runs: rows for whoever watches. Of a command that is attended to again, what was shown is shown again.
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobOutput } from '../../jobs/output.ts';
import type { LiveText } from '../model/live-text.ts';

const EVERY_MS = 500;

/** Waits for the command, and shows its output as long as that is short enough to be whole. */
export async function showingOutput<Outcome>(
  live: LiveText,
  output: () => Promise<JobOutput>,
  command: Promise<Outcome>,
): Promise<Outcome> {
  let shown = 0;
  const show = async (): Promise<void> => {
    const { text, cut } = await output();
    if (cut || text.length <= shown) return;
    live.add(text.slice(shown));
    shown = text.length;
  };
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      await sleep(EVERY_MS, undefined, { signal: over.signal }).catch(() => undefined); // woken by the end
      await show();
    }
  })();
  watching.catch(() => undefined); // told when the command has ended; before that nobody would hear it, and the process would end
  try {
    return await command;
  } finally {
    over.abort();
    await watching;
    await live.end();
  }
}
