// An event in a few words, on one line, for people who read `signalbox logs`. Scripts get the event itself.
import { identityName } from '../../contracts/identity.ts';
import type { Event } from '../../contracts/event.ts';

const MOST_CHARACTERS = 160;

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

const DETAILS = new Set(['turn', 'tool.ended', 'session.text', 'session.output', 'effect.claimed', 'mail.acted', 'worktree.checkpoint']);
const WARNINGS = new Set([
  'outbox.asked',
  'effect.late',
  'effect.swept',
  'mail.returned',
  'worktree.repaired',
  'review.escalated',
  'session.killed',
]);
const ERRORS = new Set(['effect.failed', 'effect.refused']);

/** `debug`: step by step; `warn`: not as it usually goes, and dealt with, or a person is asked; `error`: something did not work. */
export function levelOf({ kind, body }: Event): Level {
  const { action, how } = (body ?? {}) as { readonly action?: { readonly kind?: string }; readonly how?: string };
  if (ERRORS.has(kind) || (kind === 'tool.ended' && how === 'fatal')) return 'error';
  if (WARNINGS.has(kind) || (kind === 'decision' && action?.kind === 'ask')) return 'warn';
  return DETAILS.has(kind) ? 'debug' : 'info';
}

/** Bodies are JSON that an older version may have written: what is missing is left out. */
type Body = Readonly<Record<string, unknown>>;

/** What was told and by whom, without the kind and the subject. */
export function wordsOf({ kind, body }: Event): string {
  const given: Body = typeof body === 'object' && body !== null ? (body as Body) : {};
  const words = (WORDS[kind] ?? otherwise)(given, kind);
  const line = words.replaceAll(/[\s\p{C}]+/gu, ' ').trim();
  return line.length <= MOST_CHARACTERS ? line : `${line.slice(0, MOST_CHARACTERS - 1)}…`;
}

/** Of the account of an identity; nothing for the installation's own. */
const asWhom = (as: unknown): string => (typeof as === 'string' ? `, as ${identityName(as)}` : '');
const text = (value: unknown): string => (typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value));
const list = (value: unknown): string => (Array.isArray(value) ? value.map(text).join(', ') : text(value));

const WORDS: Readonly<Record<string, (body: Body, kind: string) => string>> = {
  turn: ({ key, tools, usage }) => {
    const asked = Array.isArray(tools) ? `: ${tools.length === 0 ? 'wants nothing more' : `wants ${list(tools)}`}` : '';
    const tokens = Object.values((usage ?? {}) as Record<string, number>).reduce((sum, one) => sum + one, 0);
    return `${text(key)}${asked}${tokens > 0 ? ` (${tokens} tokens)` : ''}`;
  },
  'tool.ended': ({ turn, what, how }) => `turn ${text(turn)}: ${text(what)}: ${text(how)}`,
  'session.text': ({ text: said }) => text(said),
  'session.output': ({ text: said }) => text(said),
  decision: ({ action, because, rule }) => `${text((action as Body | undefined)?.['kind'])}: ${text(because)} (${text(rule)})`,
  'mail.posted': ({ kind, from }) => `${text(kind)} from ${text(from)}`,
  'mail.acted': ({ kind, from, by }) => `${text(kind)} from ${text(from)} was seen: ${text(by)}`,
  'mail.returned': ({ kind, to, because }) => `${text(kind)} went back to ${text(to)}: ${text(because)}`,
  'outbox.asked': ({ item, accepts }) => `${text(item)}${list(accepts) === '' ? '' : ` waits for ${list(accepts)}`}`,
  'outbox.answered': ({ item, verdict, by }) => `${text(verdict)} by ${text(by)}: ${text(item)}`,
  'outbox.withdrawn': ({ item, because }) => `${text(item)}: ${text(because)}`,
  'outbox.seen': ({ item, by }) => `${text(item)} by ${text(by)}`,
  'effect.claimed': ({ kind, rule, attempt, as }) =>
    `${text(kind)}, by ${text(rule)}${asWhom(as)}${Number(attempt) > 1 ? `, attempt ${text(attempt)}` : ''}`,
  'effect.refused': ({ outcome }) => text((outcome as Body | undefined)?.['because']),
  'effect.done': ({ as }) => asWhom(as).replace(', ', ''),
  'effect.found': () => 'an earlier attempt had done it',
  'delivery.accepted': ({ event, repository, requests, issue }) =>
    [event, repository, ...(Array.isArray(requests) ? requests.map((one) => `#${text(one)}`) : []), issue && `issue ${text(issue)}`]
      .filter((part) => typeof part === 'string')
      .join(' '),
  'delivery.passed-on': ({ event, afterMs }) => `${text(event)}, after ${text(afterMs)} ms`,
};

/** Most say why in one sentence. */
const otherwise = (body: Body): string => {
  const { because, by, ...rest } = body;
  if (typeof because === 'string') return `${because}${typeof by === 'string' ? ` (${by})` : ''}`;
  return Object.keys(body).length === 0 ? '' : text({ ...rest, ...(by !== undefined && { by }) });
};
