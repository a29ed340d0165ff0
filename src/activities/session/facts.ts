// What the session policy wants to know, from the transcript and the number of unseen messages alone: the same gives the same facts.
import { OUTPUT_TOOLS } from '../../contracts/outputs.ts';
import { priceOf } from '../../contracts/prices.ts';
import type { Note, Reply, Said, Slip, ToolResult } from '../../contracts/said.ts';
import type { SessionSpec } from '../../contracts/session.ts';
import type { Answered, SessionFacts } from '../../policies/session.ts';
import { lastAccepted } from './output.ts';

/**
 * @param now milliseconds since 1970
 * @param unseen messages that no reply has seen
 * @param waited milliseconds before the turn that has no reply yet, in which nobody worked
 * @param held names what the worktree holds now, where somebody has looked
 */
export function factsOf(
  transcript: readonly Said[],
  { limits, output }: Pick<SessionSpec, 'limits' | 'output'>,
  now: number,
  unseen: number,
  waited: number,
  held?: string,
): SessionFacts {
  const replies = transcript.filter((said) => said.kind === 'reply');
  const results = transcript.filter((said) => said.kind === 'result');
  const notes = transcript.filter((said) => said.kind === 'note');
  const began = transcript.find((said) => said.kind === 'prompt')?.at ?? now;
  return {
    limits,
    turns: replies.length,
    minutes: (now - began - waited - replies.reduce((sum, reply) => sum + (reply.waited ?? 0), 0)) / 60_000,
    tokens: replies.reduce((sum, { usage }) => sum + usage.input + usage.output + usage.cacheRead + usage.cacheWrite, 0),
    usd: replies.reduce((sum, { model, usage }) => sum + (priceOf(model, usage) ?? 0), 0),
    repeats: repeats(replies, results),
    idle: idle(transcript, began, now, waited, held),
    lost: null,
    fatal: results.find(({ how }) => how === 'fatal')?.text ?? null,
    output: output === null ? 'none wanted' : state(lastAccepted(transcript, output)?.turn, replies.at(-1)?.turn),
    unseen,
    told: { cut: told(notes, 'cut'), empty: told(notes, 'empty'), output: told(notes, 'output') },
    answer: null,
  };
}

export function answered({ calls, finish, messages }: Pick<Reply, 'calls' | 'finish' | 'messages'>): Answered {
  return { kind: 'reply', calls: calls.length, isEmpty: calls.length === 0 && textOf(messages).trim() === '', finish };
}

/** What a reply says in words. */
function textOf(messages: readonly unknown[]): string {
  const contents = (messages as readonly { content: string | readonly { type: string; text?: string }[] }[]).map(({ content }) => content);
  return contents.map((content) => (typeof content === 'string' ? content : content.map(wordsOf).join(''))).join('');
}

const wordsOf = ({ type, text }: { type: string; text?: string }): string => (type === 'text' ? (text ?? '') : '');

const state = (given: number | undefined, last: number | undefined): SessionFacts['output'] =>
  given === undefined ? 'missing' : given === last ? 'fresh' : 'given';

const told = (notes: readonly Note[], slip: Slip): number => notes.filter(({ about }) => about === slip).length;

/** How long it has worked since its worktree was found changed (at first: since it was looked at), or its output was accepted. */
function idle(transcript: readonly Said[], began: number, now: number, waited: number, held: string | undefined): SessionFacts['idle'] {
  let since = { at: began, waited: 0, told: false, work: '', isGiven: false };
  for (const said of transcript) {
    if (said.kind === 'note' && said.about === 'idle') since = { ...since, told: true };
    if (said.kind === 'result' && said.how === 'ok' && OUTPUTS.has(said.tool)) since = { ...since, isGiven: true };
    if (said.kind !== 'reply') continue;
    const { at, work = since.work } = said;
    if (at !== undefined && (work !== since.work || since.isGiven)) since = { at, waited: 0, told: false, work, isGiven: false };
    else since = { ...since, waited: since.waited + (said.waited ?? 0) };
  }
  if (since.isGiven || (held !== undefined && held !== since.work)) return { minutes: 0, told: false };
  return { minutes: (now - since.at - since.waited - waited) / 60_000, told: since.told };
}

const OUTPUTS: ReadonlySet<string> = new Set(Object.values(OUTPUT_TOOLS));

/** How many turns, back from the last one, made the same calls and got the same results as the last one. */
function repeats(replies: readonly Reply[], results: readonly ToolResult[]): number {
  const last = replies.at(-1);
  if (last === undefined || last.calls.length === 0) return 0;
  const wanted = fingerprint(last, results);
  let count = 0;
  while (count < replies.length && fingerprint(replies[replies.length - 1 - count], results) === wanted) count++;
  return count;
}

function fingerprint(reply: Reply | undefined, results: readonly ToolResult[]): string {
  if (reply === undefined) return '';
  const said = results.filter(({ turn }) => turn === reply.turn).sort((a, b) => a.call - b.call);
  return JSON.stringify([reply.calls.map(({ tool, input }) => [tool, input]), said.map(({ text }) => text)]);
}
