// Words of others on their way into a prompt (X4): marked as such, between marks that they can't close, because the marks' number is not in
// them. Marking bounds nothing by itself; what words may cause is bounded by tools, sandbox and policies.
import { createHash } from 'node:crypto';

/** More is cut, with a note: about 50,000 tokens. */
const MOST_CHARACTERS = 200_000;

/**
 * The same text gives the same marks.
 * @param label what it is, in our words
 */
export function untrusted(label: string, text: string): string {
  const cut = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}\n[cut: it has ${text.length} characters]` : text;
  const id = numberNotIn(cut);
  return `<untrusted id="${id}" what=${JSON.stringify(label)}>\n${cut}\n</untrusted id="${id}">`;
}

function numberNotIn(text: string): string {
  for (let salt = 0; ; salt++) {
    const id = createHash('sha256').update(`${salt}\n${text}`).digest('hex').slice(0, 16);
    if (!text.includes(id)) return id;
  }
}
