// What happened, in order, for whoever watches: the console, logs, statistics, the audit. Never read to decide something.

export type EventKind =
  | 'turn'
  | 'decision'
  | 'mail.posted'
  | 'mail.acted'
  | 'mail.returned'
  | 'outbox.asked'
  | 'outbox.answered'
  | 'outbox.withdrawn'
  | 'source.began'
  | 'source.ended'
  | 'pause.set'
  | 'pause.lifted'
  | EffectEventKind
  /** What the rooms above report: a tool's start, a job's end, a delivery. */
  | `tool.${string}`
  | `job.${string}`
  | `session.${string}`
  | `delivery.${string}`;

/** The audit log: every step of every effect outside. */
export type EffectEventKind =
  'effect.claimed' | 'effect.done' | 'effect.found' | 'effect.refused' | 'effect.failed' | 'effect.late' | 'effect.swept';

export interface NewEvent {
  readonly kind: EventKind;
  /** What it happened to: the id of a workflow, the key of an effect. */
  readonly subject: string;
  /** Any JSON. */
  readonly body: unknown;
}

export interface Event extends NewEvent {
  readonly seq: number;
  readonly at: number;
}
