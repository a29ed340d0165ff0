// How an effect is described to `once`. The class decides what must be given: a guarded effect without a probe can't be written down.
import type { Cause, EffectOutcome } from '../../contracts/effect.ts';

/** One call to the world. Clients have to use what it brings, so that they end with it and do not retry beneath the ledger. */
export interface Call {
  /** Aborts at the effect's deadline. */
  readonly signal: AbortSignal;
  /** Like the global one, with the signal; in an act it refuses to send the same write a second time. */
  readonly fetch: typeof fetch;
  /** Proves to us that something is ours and which effect it was: what a marked effect carries, and the idempotency key of an unprobeable one. */
  readonly mark: string;
}

interface Described<Result> {
  /** Names the kind of effect for people, and for the sweep that builds it again from its target. */
  readonly kind: string;
  /** JSON, small: what it is done to. */
  readonly target: unknown;
  readonly cause: Cause;
  /** How long one call may take, in milliseconds. */
  readonly deadlineMs: number;
  /**
   * Does it. A refusal that repeating can't change is an outcome; anything thrown means "perhaps done, try again".
   * A result is JSON and small: it is kept in the ledger and returned to whoever asks again.
   */
  act(call: Call): Promise<EffectOutcome<Result>>;
}

/** The other side refuses a second one. The probe says what the world shows of the first, or undefined. */
export interface Guarded<Result> extends Described<Result> {
  readonly class: 'guarded';
  probe(call: Call): Promise<Result | undefined>;
}

/** Sets something to a value: again changes nothing. What it sets must be in the key, or come from the newest facts. */
export interface Convergent<Result> extends Described<Result> {
  readonly class: 'convergent';
}

/** Leaves something new in the world that carries `call.mark`. */
export interface Marked<Result extends Identified> extends Described<Result> {
  readonly class: 'marked';
  /** How long the world may hide from `find` what was done, in milliseconds: lists of forges lag. */
  readonly visibleWithinMs: number;
  /** Everything that carries the mark and whose author is us, oldest first. Others can copy a mark; nobody else can be its author. */
  find(call: Call): Promise<readonly Result[]>;
  /** Takes a double away; done already is done. */
  remove(call: Call, found: Result): Promise<void>;
}

/** Nobody can look whether it arrived. The message carries `call.mark` as its idempotency key. */
export interface Unprobeable<Result> extends Described<Result> {
  readonly class: 'unprobeable';
}

export interface Identified {
  readonly id: string | number;
}

export type Effect<Result> =
  Guarded<Result> | Convergent<Result> | Unprobeable<Result> | (Result extends Identified ? Marked<Result> : never);

/** What of an effect is its own: who asks for it, and for how long, stands around it. */
export type Part<E> = Omit<E, 'kind' | 'target' | 'cause' | 'deadlineMs'>;

export const done = <Result>(result: Result): EffectOutcome<Result> => ({ state: 'done', result });
