// What it means to do something to the world outside. docs/guarantees.md says what each class promises.

/**
 * How sure "once" is:
 * - guarded: the other side refuses a second one; exact.
 * - convergent: doing it again changes nothing.
 * - marked: carries a marker by which it is found again; at least once, doubles are swept.
 * - unprobeable: nobody can look whether it arrived; at least once, with an idempotency key in the message.
 */
export type EffectClass = 'guarded' | 'convergent' | 'marked' | 'unprobeable';

/** How an effect ended, for ever. A refusal by the other side (the head moved, the request is closed) is an answer, not a failure. */
export type EffectOutcome<Result> =
  { readonly state: 'done'; readonly result: Result } | { readonly state: 'refused'; readonly because: string };

/** On whose word an effect is done; goes into the audit log. */
export interface Cause {
  /** A workflow's id, or a person. */
  readonly askedBy: string;
  /** The rule that allowed it. */
  readonly rule: string;
}
