// Whether a session goes on: asked before each model call and after it. Read from top to bottom: that is the whole behaviour.
import type { SessionEnd, SessionLimits } from '../contracts/session.ts';
import { always, policy } from './policy.ts';

export interface SessionFacts {
  readonly limits: SessionLimits;
  /** Replies so far. */
  readonly turns: number;
  /** Since the session's start. */
  readonly minutes: number;
  readonly tokens: number;
  /** Turns in a row, to the last one, that made the same calls and got the same results. */
  readonly repeats: number;
  /** What a tool said that can't be corrected. */
  readonly fatal: string | null;
  /** How this turn's model call went; null before it. */
  readonly answer:
    { readonly kind: 'reply'; readonly calls: number } | { readonly kind: 'silent' | 'refused'; readonly because: string } | null;
}

export type SessionAction =
  | { readonly kind: 'callModel' }
  | { readonly kind: 'runTools' }
  /** The end, unless there is mail. */
  | { readonly kind: 'rest'; readonly outcome: SessionEnd['outcome'] }
  | { readonly kind: 'end'; readonly outcome: SessionEnd['outcome'] };

export const sessionPolicy = policy<SessionFacts, SessionAction>(
  {
    id: 'fatal-tool-error',
    when: ({ fatal }) => fatal !== null,
    because: ({ fatal }) => `A tool failed in a way that the agent can't mend: ${fatal ?? ''}`,
    then: () => ({ kind: 'end', outcome: 'failed' }),
  },
  {
    id: 'model-stalled',
    when: ({ answer }) => answer?.kind === 'silent',
    because: ({ answer }) => whyNoReply(answer),
    then: () => ({ kind: 'end', outcome: 'stalled' }),
  },
  {
    id: 'provider-refused',
    when: ({ answer }) => answer?.kind === 'refused',
    because: ({ answer }) => whyNoReply(answer),
    then: () => ({ kind: 'end', outcome: 'failed' }),
  },
  {
    id: 'tools-asked',
    when: ({ answer }) => answer?.kind === 'reply' && answer.calls > 0,
    because: ({ answer }) => `The model asked for ${answer?.kind === 'reply' ? answer.calls : 0} tools.`,
    then: () => ({ kind: 'runTools' }),
  },
  {
    id: 'model-finished',
    when: ({ answer }) => answer?.kind === 'reply',
    because: () => 'The model asked for no more tools.',
    then: () => ({ kind: 'rest', outcome: 'completed' }),
  },
  {
    id: 'turns-spent',
    when: ({ turns, limits }) => turns >= limits.turns,
    because: ({ turns, limits }) => `${turns} of ${limits.turns} turns are spent.`,
    then: () => ({ kind: 'end', outcome: 'limit' }),
  },
  {
    id: 'minutes-spent',
    when: ({ minutes, limits }) => minutes >= limits.minutes,
    because: ({ minutes, limits }) => `${Math.floor(minutes)} of ${limits.minutes} minutes are spent.`,
    then: () => ({ kind: 'end', outcome: 'limit' }),
  },
  {
    id: 'tokens-spent',
    when: ({ tokens, limits }) => tokens >= limits.tokens,
    because: ({ tokens, limits }) => `${tokens} of ${limits.tokens} tokens are spent.`,
    then: () => ({ kind: 'end', outcome: 'limit' }),
  },
  {
    id: 'repeats-itself',
    when: ({ repeats, limits }) => repeats >= limits.repeats,
    because: ({ repeats }) => `${repeats} turns in a row made the same calls and got the same results.`,
    then: () => ({ kind: 'end', outcome: 'stuck' }),
  },
  {
    id: 'next-turn',
    when: always,
    because: ({ turns }) => `Turn ${turns + 1}.`,
    then: () => ({ kind: 'callModel' }),
  },
);

/** Said to the model once, when a tenth of a limit is left: it can still finish or hand over. */
export function warning({ limits, turns, minutes, tokens }: SessionFacts): string | null {
  const left = [
    near(limits.turns - turns, limits.turns) ? `${limits.turns - turns} turns` : null,
    near(limits.minutes - minutes, limits.minutes) ? `${Math.floor(limits.minutes - minutes)} minutes` : null,
    near(limits.tokens - tokens, limits.tokens) ? `${limits.tokens - tokens} tokens` : null,
  ].filter((part) => part !== null);
  return left.length === 0 ? null : `The session ends soon: ${left.join(', ')} left. Finish, or write down what the next one needs.`;
}

const near = (left: number, whole: number): boolean => left <= whole / 10;

const whyNoReply = (answer: SessionFacts['answer']): string => (answer === null || answer.kind === 'reply' ? '' : answer.because);
