// What the session policy wants to know, from the transcript alone: the same transcript gives the same facts.
import type { Reply, Said, ToolResult } from '../../contracts/said.ts';
import type { SessionLimits } from '../../contracts/session.ts';
import type { SessionFacts } from '../../policies/session.ts';

/** @param now milliseconds since 1970 */
export function factsOf(transcript: readonly Said[], limits: SessionLimits, now: number): SessionFacts {
  const replies = transcript.filter((said) => said.kind === 'reply');
  const results = transcript.filter((said) => said.kind === 'result');
  const began = transcript.find((said) => said.kind === 'prompt')?.at ?? now;
  return {
    limits,
    turns: replies.length,
    minutes: (now - began) / 60_000,
    tokens: replies.reduce((sum, { tokens }) => sum + tokens, 0),
    repeats: repeats(replies, results),
    fatal: results.find(({ how }) => how === 'fatal')?.text ?? null,
    answer: null,
  };
}

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
