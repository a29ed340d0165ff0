// The transcripts of sessions that this worker serves. They are append-only, so a worker reads what is new and keeps the rest: a turn
// costs the same at 10 and at 1,000 turns.
import type { Said } from '../../contracts/said.ts';
import type { Store } from '../../store/store.ts';

const MOST_SESSIONS = 50;

export interface Transcripts {
  /** Everything said in a session so far, in order. */
  read(session: string): Promise<readonly Said[]>;
}

export function createTranscripts(store: Store): Transcripts {
  const kept = new Map<string, { last: number; said: Said[] }>();
  return {
    async read(session) {
      const known = kept.get(session) ?? { last: 0, said: [] };
      const rows = await store.transcripts.read({ session, after: known.last });
      // Two reads of one session may overlap; each builds on what it saw, and neither changes what the other holds.
      const now = { last: rows.at(-1)?.seq ?? known.last, said: [...known.said, ...rows.map(({ message }) => message as Said)] };
      kept.delete(session);
      kept.set(session, now);
      for (const oldest of kept.keys()) {
        if (kept.size <= MOST_SESSIONS) break;
        kept.delete(oldest);
      }
      return now.said;
    },
  };
}
