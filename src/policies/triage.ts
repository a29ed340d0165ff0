// What a comment wants, by its words. Clear words are told here, and in doubt between two that cause the same, the one with a session; where
// words really don't tell (it may be praise, or a polite "not now"), a model is asked, once (activities/merge-request/triage.ts).
import type { Triage } from '../contracts/merge-request-snapshot.ts';

const APPROVES =
  /^(lgtm|looks good( to me)?|approved?|ship it|nice( work)?|great( work)?|well done|thanks?( you)?|thx|\+1|👍|🚢|🎉|❤️|💯)$/u;
const BLOCKS = /\b(do not merge|don['’]?t merge|must not be merged|hold (off|on)|nack|blocker|blocking:|stop this)\b/u;
const NIT = /^\W*(nit(pick)?|minor|optional|style)\b/u;
const ASKS = /^(why|what|how|when|where|who|which|is|are|was|were|does|do|did|has|have|can|could|would|should|will)\b/u;
const WANTS =
  /\b(please|should|must|needs? to|ha(s|ve) to|rename|remove|delete|drop|add|fix|change|use|move|replace|revert|instead|missing|could you|can you|would you|why not)\b/u;
const FAULT = /\b(bugs?|leaks?|wrong|broken|breaks?|fails?|crash(es)?|errors?|typos?|races?|unused|incorrect|insecure)\b/u;
/** Between a change that is asked for and a merge that is not wanted now. */
const LATER = /\b(wait|until|not yet|too early|rather not|not (ready|sure))\b/u;

/** @param body as it was written, in Markdown */
export function triage(body: string): Triage | 'unsure' {
  const text = own(body);
  if (BLOCKS.test(text)) return 'blocker';
  if (sentences(text).every((sentence) => APPROVES.test(sentence))) return 'approval';
  if (NIT.test(text)) return 'nit';
  if (LATER.test(text)) return 'unsure';
  if (text.endsWith('?') && ASKS.test(text) && !WANTS.test(text)) return 'question';
  return WANTS.test(text) || FAULT.test(text) || SUGGESTS.test(body) ? 'actionable' : 'unsure';
}

const SUGGESTS = /^\s*```suggestion\b/m;

/** What the author has written themselves, and people see: nobody else's words may tell what they want. */
export const wordsOf = (body: string): string =>
  body
    .replace(/<!--[\s\S]*?(-->|$)/g, '')
    .replace(/^\s*>.*$/gm, '')
    .trim();

/** Without code as well. */
const own = (body: string): string =>
  wordsOf(body)
    .replace(/```[\s\S]*?```/g, '`')
    .replace(/`[^`\n]*`/g, '`')
    .trim()
    .toLowerCase();

const sentences = (text: string): string[] =>
  text
    .split(/[.!,;\n]+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
