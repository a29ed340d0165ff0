// When a repository is asked for again. Pure.
import type { PollAction } from '../contracts/poll.ts';
import { always, policy } from './policy.ts';
import { isLow, type Quota } from './quota.ts';

export interface PollFacts {
  /** Issues of this repository may start tasks. */
  readonly isConfigured: boolean;
  /** Polls in a row that found nobody who wants to know. */
  readonly idle: number;
  /** In a row; 0 where the last poll succeeded. */
  readonly failures: number;
  /** Why the last one failed. */
  readonly failed: string;
  readonly quota: Quota | null;
  /** Pause between two polls that meet nothing. */
  readonly everySeconds: number;
  /** Something that the forge does not show yet is waited for. */
  readonly isUnsettled: boolean;
  readonly found: string;
}

/** A listing of Temporal may lag behind the start of who wants to know. */
const IDLE_BEFORE_END = 3;
const LONGEST_SECONDS = 60 * 60;
const UNSETTLED_SECONDS = 5;

export const pollPolicy = policy<PollFacts, PollAction>(
  {
    id: 'nobody-asks',
    when: ({ isConfigured, idle }) => !isConfigured && idle >= IDLE_BEFORE_END,
    because: () => 'No request of this repository is watched, and its issues start nothing.',
    then: () => ({ kind: 'end' }),
  },
  {
    id: 'quota-low',
    when: ({ quota }) => isLow(quota),
    because: ({ quota }) => `${quota?.remaining} of ${quota?.most} calls are left, which is kept for those who act.`,
    then: ({ quota, everySeconds }) => ({
      kind: 'pause',
      seconds: Math.min(LONGEST_SECONDS, Math.max(everySeconds, quota?.resetsInSeconds ?? 0)),
    }),
  },
  {
    id: 'failing',
    when: ({ failures }) => failures > 0,
    because: ({ failures, failed }) => `The last ${failures} polls failed: ${failed}`,
    then: ({ failures, everySeconds }) => ({
      kind: 'pause',
      seconds: Math.max(everySeconds, Math.min(LONGEST_SECONDS, everySeconds * 2 ** Math.min(failures, 10))),
    }),
  },
  {
    id: 'unsettled',
    when: ({ isUnsettled }) => isUnsettled,
    because: ({ found }) => found,
    then: ({ everySeconds }) => ({ kind: 'pause', seconds: Math.min(UNSETTLED_SECONDS, everySeconds) }),
  },
  {
    id: 'asked',
    when: always,
    because: ({ found }) => found,
    then: ({ everySeconds }) => ({ kind: 'pause', seconds: everySeconds }),
  },
);
