// Tells what happens, as it happens: each decision with its reason, from the events in the store. Only reads.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from '../../contracts/event.ts';
import type { Store } from '../../store/store.ts';
import { bold, dim, green, yellow } from './output.ts';

const LOOK_EVERY_MS = 150;
const MOST_EVENTS = 500;
/** Width of the column that says who. */
export const SPEAKER = 16;

interface Decided {
  readonly rule: string;
  readonly because: string;
  readonly action: { readonly kind: string; readonly forWhom?: string };
}

/** Tells until the signal; then what is left. */
export async function tellStory(store: Store, tell: (line: string) => void, signal: AbortSignal): Promise<void> {
  let seq = 0;
  const told = new Map<string, string>();
  for (;;) {
    const isLast = signal.aborted;
    const events = await store.events.after({ seq, limit: MOST_EVENTS });
    for (const event of events) {
      const line = lineOf(event, told);
      if (line !== undefined) tell(line);
    }
    seq = events.at(-1)?.seq ?? seq;
    if (isLast && events.length < MOST_EVENTS) return;
    if (!isLast) await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

function lineOf({ kind, subject, body }: Event, told: Map<string, string>): string | undefined {
  if (kind !== 'decision') return undefined;
  const { rule, because, action } = body as Decided;
  // The same wait decided again is nothing new.
  if (told.get(subject) === `${rule} ${because}`) return undefined;
  told.set(subject, `${rule} ${because}`);
  const who = speakerOf(subject).padEnd(SPEAKER);
  if (action.kind === 'wait') return dim(`${who} … ${because}`);
  const what = action.kind === 'end' || action.kind === 'rest' ? green(action.kind) : yellow(action.kind);
  return `${bold(who)} ${what}  ${because} ${dim(rule)}`;
}

/** The part of the work that decides: a task, its review, a session, the request, the lane. */
function speakerOf(subject: string): string {
  if (subject.startsWith('merge/')) return 'merge lane';
  const session = /\/(?:(?<kind>classify|code|answer|fix-checks|resolve)\/[^/]+|(?<fix>fix)-\d+|round-\d+\/(?<family>[^/]+))$/.exec(
    subject,
  )?.groups;
  if (session !== undefined) return session['family'] ?? session['fix'] ?? session['kind'] ?? 'session';
  if (/\/review\/[^/]+$/.test(subject)) return 'review';
  return subject.startsWith('mr/') ? 'request' : 'task';
}
