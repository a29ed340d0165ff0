// What happened, in order, for whoever watches: the console, logs, statistics, the audit. Never read to decide something.
import type { Triggered } from './trigger.ts';

export type EventKind =
  /** A step of a session's transcript: its prompt, a reply of the model, its end. */
  | 'turn'
  /** The result of a call is in the transcript. */
  | 'tool.ended'
  | 'decision'
  | 'mail.posted'
  | 'mail.acted'
  | 'mail.returned'
  | 'outbox.asked'
  | 'outbox.answered'
  | 'outbox.withdrawn'
  | 'outbox.seen'
  | 'source.began'
  | 'source.ended'
  | 'pause.set'
  | 'pause.lifted'
  | EffectEventKind
  /** A webhook is durable; whom it concerns has been woken. */
  | 'delivery.accepted'
  | 'delivery.passed-on'
  | `trigger.${Triggered['outcome']}`
  | `session.${string}`
  | `worktree.${string}`
  | `check.${string}`
  | `merge.${string}`
  | `request.${string}`;

/** The audit log: every step of every effect outside. */
export type EffectEventKind =
  'effect.claimed' | 'effect.done' | 'effect.found' | 'effect.refused' | 'effect.failed' | 'effect.late' | 'effect.swept';

export interface NewEvent {
  readonly kind: EventKind;
  /** What it happened to: the id of a workflow, the key of an effect, the id of a delivery. */
  readonly subject: string;
  /** Any JSON. */
  readonly body: unknown;
}

export interface Event extends NewEvent {
  readonly seq: number;
  readonly at: number;
}
