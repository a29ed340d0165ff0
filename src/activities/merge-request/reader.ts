// What it takes to read a request from the forge.
import type { Forge } from '../forge/provider.ts';
import type { Memory } from './memory.ts';

export interface Reader {
  readonly forge: Forge;
  readonly memory: Memory;
  /** Puts a text into the store; returns its digest. */
  readonly keep: (text: string) => Promise<string>;
  /** What logs of jobs say that may pass when it is run again, beside what is known everywhere. */
  readonly knownFlaky: readonly RegExp[];
}
