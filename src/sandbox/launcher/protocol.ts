// What a process and its launcher say to each other, with Node's advanced serialization. Commands have numbers that their process gives them.
import type { Ended, Invocation, Stream } from './launch.ts';

export type ToLauncher =
  | { readonly kind: 'start'; readonly id: number; readonly invocation: Invocation; readonly input: string | Uint8Array }
  | { readonly kind: 'kill'; readonly id: number };

export type FromLauncher = { readonly id: number } & (
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'output'; readonly stream: Stream; readonly chunk: Buffer | null }
  | { readonly kind: 'ended'; readonly ended: Ended }
  /** It could not be started: what Node's error says, which does not come through by itself. */
  | { readonly kind: 'failed'; readonly error: { readonly message: string; readonly code: string | undefined } }
);
