// What a comment wants, by its words. In doubt it wants something done: a session then finds that there is nothing to do, and says so.
import type { Triage } from '../contracts/merge-request-snapshot.ts';

const APPROVES =
  /^(lgtm|looks good( to me)?|approved?|ship it|nice( work)?|great( work)?|well done|thanks?( you)?|thx|\+1|👍|🚢|🎉|❤️|💯)$/u;
const BLOCKS = /\b(do not merge|don['’]?t merge|must not be merged|hold (off|on)|nack|blocker|blocking:|stop this)\b/u;
const NIT = /^\W*(nit(pick)?|minor|optional|style)\b/u;
const ASKS = /^(why|what|how|when|where|who|which|is|are|was|were|does|do|did|has|have|can|could|would|should|will)\b/u;
const WANTS = /\b(please|should|must|needs? to|rename|remove|add|fix|change|use|move|replace|could you|can you|would you|why not)\b/u;

/** @param body as it was written, in Markdown */
export function triage(body: string): Triage {
  const text = own(body);
  if (BLOCKS.test(text)) return 'blocker';
  if (sentences(text).every((sentence) => APPROVES.test(sentence))) return 'approval';
  if (NIT.test(text)) return 'nit';
  return text.endsWith('?') && ASKS.test(text) && !WANTS.test(text) ? 'question' : 'actionable';
}

/** What the author wrote: no quotes, no code, no comments that only machines see. */
const own = (body: string): string =>
  body
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/^>.*$/gm, '')
    .replace(/```[\s\S]*?```/g, '')
    .replace(/`[^`\n]*`/g, '`')
    .trim()
    .toLowerCase();

const sentences = (text: string): string[] =>
  text
    .split(/[.!,;\n]+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
