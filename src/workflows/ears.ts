// What a workflow hears. Signals only raise flags and keep what was typed; nothing here throws, whatever comes in.
import { defineSignal, setHandler, workflowInfo } from '@temporalio/workflow';
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
  let heard = 0;
  const keep =
    (kind: Typed['kind']) =>
    (...said: unknown[]): void => {
      ears.unseen++;
      ears.typed.push({ id: `${workflowInfo().runId}/${heard++}`, kind, text: asText(said) });
    };
  const pause = (to: boolean) => (): void => {
    ears.unseen++;
    ears.paused = to;
  };
  setHandler(defineSignal<unknown[]>(STEER), keep('steer'));
  setHandler(defineSignal<unknown[]>(TELL), keep('tell'));
  setHandler(defineSignal<unknown[]>(PAUSE), pause(true));
  setHandler(defineSignal<unknown[]>(RESUME), pause(false));
  setHandler(defineSignal<unknown[]>(LOOK), () => void ears.unseen++);
  return ears;
}

function asText(said: readonly unknown[]): string {
  const text = said
    .map((part) => toMailBody(part).text)
    .join(' ')
    .trim();
  return text.length <= MOST_TYPED ? text : `${text.slice(0, MOST_TYPED)} … (cut; ${text.length} characters were typed)`;
}
