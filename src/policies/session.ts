// Whether a session goes on: asked before each model call and after it. Read from top to bottom: that is the whole behaviour.
import type { Slip } from '../contracts/said.ts';
import type { SessionEnd, SessionLimits } from '../contracts/session.ts';
import { always, policy } from './policy.ts';

export interface SessionFacts {
  readonly limits: SessionLimits;
  /** Replies so far. */
  readonly turns: number;
  /** Since the session's start, without pauses. */
  readonly minutes: number;
  readonly tokens: number;
  /** Of the replies whose price is known. */
  readonly usd: number;
  /** Turns in a row, to the last one, that made the same calls and got the same results. */
  readonly repeats: number;
  /** Minutes of work since a file has changed or output was given, and whether the model was warned of them. */
  readonly idle: { readonly minutes: number; readonly told: boolean };
  /** Why its worktree, which is gone, can't be made again. */
  readonly lost: string | null;
  /** What a tool said that can't be corrected. */
  readonly fatal: string | null;
  /** What the session has to give back. `fresh`: it was given in the last turn. */
  readonly output: 'none wanted' | 'missing' | 'fresh' | 'given';
  /** Messages that no reply has seen. */
  readonly unseen: number;
  /** How often the model was told of each slip. */
  readonly told: Readonly<Record<Slip, number>>;
  /** How this turn's model call went; null before it. */
  readonly answer: Answered | { readonly kind: 'silent' | 'refused'; readonly because: string } | null;
}

export interface Answered {
  readonly kind: 'reply';
  readonly calls: number;
  readonly isEmpty: boolean;
  readonly finish: 'done' | 'cut' | 'refused';
}

/** A model that was told so often and slips again is not told again. */
export const MOST_TOLD = 2;

export type SessionAction =
  | { readonly kind: 'callModel' }
  | { readonly kind: 'runTools' }
  /** The model is told of its slip, and has another turn. */
  | { readonly kind: 'correct'; readonly slip: Slip }
  /** The end, unless there is mail. */
  | { readonly kind: 'rest'; readonly outcome: SessionEnd['outcome'] }
  | { readonly kind: 'end'; readonly outcome: SessionEnd['outcome'] };

export const sessionPolicy = policy<SessionFacts, SessionAction>(
  {
    id: 'worktree-lost',
    when: ({ lost }) => lost !== null,
    because: ({ lost }) => `Its worktree is gone and can't be made again. ${lost ?? ''}`,
    then: () => ({ kind: 'end', outcome: 'failed' }),
  },
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
    id: 'model-refused',
    when: ({ answer }) => answer?.kind === 'reply' && answer.finish === 'refused',
    because: () => "The model's own rules of safety keep it from answering this.",
    then: () => ({ kind: 'end', outcome: 'failed' }),
  },
  {
    id: 'tools-asked',
    when: ({ answer }) => answer?.kind === 'reply' && answer.calls > 0,
    because: ({ answer }) => `The model asked for ${answer?.kind === 'reply' ? answer.calls : 0} tools.`,
    then: () => ({ kind: 'runTools' }),
  },
  {
    id: 'answer-cut',
    when: (facts) => slipOf(facts) === 'cut' && facts.told.cut < MOST_TOLD,
    because: () => 'The answer was cut at the limit of what one may be long.',
    then: () => ({ kind: 'correct', slip: 'cut' }),
  },
  {
    id: 'output-missing',
    when: (facts) => slipOf(facts) === 'output' && facts.told.output < MOST_TOLD,
    because: () => 'The model asked for no more tools and has not given its output.',
    then: () => ({ kind: 'correct', slip: 'output' }),
  },
  {
    id: 'answer-empty',
    when: (facts) => slipOf(facts) === 'empty' && facts.told.empty < MOST_TOLD,
    because: () => 'The answer was empty.',
    then: () => ({ kind: 'correct', slip: 'empty' }),
  },
  {
    id: 'no-output',
    when: (facts) => slipOf(facts) !== null && facts.output === 'missing',
    because: () => `The model has given no output, and was told ${MOST_TOLD} times that it has to.`,
    then: () => ({ kind: 'rest', outcome: 'failed' }),
  },
  {
    id: 'no-answer',
    when: (facts) => slipOf(facts) !== null,
    because: () => `The answer was empty or cut, and ${MOST_TOLD} times before.`,
    then: () => ({ kind: 'rest', outcome: 'failed' }),
  },
  {
    id: 'model-finished',
    when: ({ answer }) => answer?.kind === 'reply',
    because: () => 'The model asked for no more tools.',
    then: () => ({ kind: 'rest', outcome: 'completed' }),
  },
  {
    id: 'output-given',
    when: ({ output, unseen }) => output === 'fresh' && unseen === 0,
    because: () => 'The output was given.',
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
    id: 'money-spent',
    when: ({ usd, limits }) => usd >= limits.usd,
    because: ({ usd, limits }) => `${dollars(usd)} of ${dollars(limits.usd)} are spent.`,
    then: () => ({ kind: 'end', outcome: 'limit' }),
  },
  {
    id: 'repeats-itself',
    when: ({ repeats, limits }) => repeats >= limits.repeats,
    because: ({ repeats }) => `${repeats} turns in a row made the same calls and got the same results.`,
    then: () => ({ kind: 'end', outcome: 'stuck' }),
  },
  {
    id: 'gets-nowhere',
    when: ({ idle, limits }) => idle.minutes >= limits.idleEndMinutes,
    because: ({ idle }) => `For ${Math.floor(idle.minutes)} minutes of work no file has changed and no output was given.`,
    then: () => ({ kind: 'end', outcome: 'stalled' }),
  },
  {
    id: 'next-turn',
    when: always,
    because: ({ turns }) => `Turn ${turns + 1}.`,
    then: () => ({ kind: 'callModel' }),
  },
);

/** How the answer falls short. One that comes after the output does not: there is nothing left to say. */
export function slipOf({ answer, output }: Pick<SessionFacts, 'answer' | 'output'>): Slip | null {
  if (answer?.kind !== 'reply' || answer.calls > 0 || output === 'given' || output === 'fresh') return null;
  if (answer.finish === 'cut') return 'cut';
  if (output === 'missing') return 'output';
  return answer.isEmpty ? 'empty' : null;
}

/** Said to the model once, when a tenth of a limit is left: it can still finish or hand over. */
export function warning({ limits, turns, minutes, tokens, usd }: SessionFacts): string | null {
  const left = [
    near(limits.turns - turns, limits.turns) ? `${limits.turns - turns} turns` : null,
    near(limits.minutes - minutes, limits.minutes) ? `${Math.floor(limits.minutes - minutes)} minutes` : null,
    near(limits.tokens - tokens, limits.tokens) ? `${limits.tokens - tokens} tokens` : null,
    near(limits.usd - usd, limits.usd) ? dollars(limits.usd - usd) : null,
  ].filter((part) => part !== null);
  return left.length === 0 ? null : `The session ends soon: ${left.join(', ')} left. Finish, or write down what the next one needs.`;
}

/** Whether it matters what the worktree holds now: it is looked at before the model is warned, or the session ended, for a change that is missing. */
export const isIdle = ({ idle, limits }: SessionFacts): boolean => idle.minutes >= Math.min(limits.idleMinutes, limits.idleEndMinutes);

/** Said to the model once in each stretch of work that gets nowhere. */
export function idleWarning({ idle, limits }: SessionFacts): string | null {
  if (idle.told || idle.minutes < limits.idleMinutes) return null;
  const end = limits.idleEndMinutes < limits.minutes ? ` After ${limits.idleEndMinutes} such minutes the session ends.` : '';
  return `For ${Math.floor(idle.minutes)} minutes of work no file has changed and you have given no output.${end} Take the next step now, or finish with what you have.`;
}

const dollars = (usd: number): string => `$${usd.toFixed(2)}`;

const near = (left: number, whole: number): boolean => left <= whole / 10;

const whyNoReply = (answer: SessionFacts['answer']): string => (answer === null || answer.kind === 'reply' ? '' : answer.because);
