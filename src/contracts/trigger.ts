// What lets work begin by itself: a label on an issue, a webhook of any system.

/** Put on an issue by somebody who may write there: it is worked on. */
export const READY_LABEL = 'signalbox:ready';

export const isReadyLabel = (name: string): boolean => name.toLowerCase() === READY_LABEL;

/** What became of one event that was to start a task. */
export interface Triggered {
  /** Names the event, wherever it was heard of: the same label put on again is another one. */
  readonly id: string;
  readonly outcome: 'started' | 'running' | 'refused';
  /** One sentence for people. */
  readonly because: string;
  readonly task: string | null;
}
