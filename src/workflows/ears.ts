// What a workflow hears. Signals only raise flags and keep what was typed; nothing here throws, whatever comes in.
import { condition, defineSignal, setCurrentDetails, setDefaultSignalHandler, setHandler, workflowInfo } from '@temporalio/workflow';
import { toMailBody } from '../contracts/mail-body.ts';
import type { Typed } from '../contracts/session.ts';
import { LOOK, MOST_TYPED, PAUSE, RESUME, STEER, TELL } from '../contracts/signals.ts';

export interface Ears {
  /** Signals since the last call of `look`. */
  unseen: number;
  look(): void;
  paused: boolean;
  /** Typed texts that are not rows yet. */
  typed: Typed[];
}

/** Listens from now on. Call before the first await, or early signals are handled too late. */
export function listen(paused: boolean): Ears {
  const ears: Ears = {
    unseen: 0,
    paused,
    typed: [],
    look() {
      ears.unseen = 0;
    },
  };
  let count = 0;
  const keep =
    (kind: Typed['kind']) =>
    (...said: unknown[]): void => {
      ears.unseen++;
      ears.typed.push({ id: `${workflowInfo().runId}/${count++}`, kind, text: asText(said) });
    };
  const pause = (to: boolean) => (): void => {
    ears.unseen++;
    ears.paused = to;
  };
  const heard: Readonly<Record<string, (...said: unknown[]) => void>> = {
    [STEER]: keep('steer'),
    [TELL]: keep('tell'),
    [PAUSE]: pause(true),
    [RESUME]: pause(false),
    [LOOK]: () => void ears.unseen++,
  };
  // First: what came before this is handed over here in its order. Handler by handler, a `resume` before a `pause` would come after it.
  setDefaultSignalHandler((name, ...said) => heard[name]?.(...said));
  for (const [name, handle] of Object.entries(heard)) setHandler(defineSignal<unknown[]>(name), handle);
  return ears;
}

/**
 * Makes rows of typed signals until there are none: more may come while they are written. What is being written stays here until it is kept,
 * so a kill in between loses nothing; ids make it repeatable.
 */
export async function keepAll(ears: Ears, keep: (typed: readonly Typed[]) => Promise<void>): Promise<void> {
  while (ears.typed.length > 0) {
    const typed = [...ears.typed];
    await keep(typed);
    ears.typed.splice(0, typed.length);
  }
}

/**
 * Waits while paused, and leaves no typed signal that is not a row.
 * @param where for people: what is next
 * @param first done once before it waits
 */
export async function pauseAndKeep(
  ears: Ears,
  keep: (typed: readonly Typed[]) => Promise<void>,
  { where = '', first }: { readonly where?: string; readonly first?: () => Promise<void> } = {},
): Promise<void> {
  let due = first;
  for (;;) {
    await keepAll(ears, keep);
    if (!ears.paused) return;
    setCurrentDetails(`**Paused**${where}`);
    await due?.();
    if (due === undefined) await condition(() => !ears.paused || ears.typed.length > 0);
    due = undefined;
  }
}

function asText(said: readonly unknown[]): string {
  const text = said
    .map((part) => toMailBody(part).text)
    .join(' ')
    .trim();
  return text.length <= MOST_TYPED ? text : `${text.slice(0, MOST_TYPED)} … (cut; ${text.length} characters were typed)`;
}
