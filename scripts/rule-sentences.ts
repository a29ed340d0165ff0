// The sentence of each rule as its source has it: what people are told when it decides, with … where facts stand.
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

const POLICIES = new URL('../src/policies/', import.meta.url);

/** By the ids of the rules of a policy, which is a file with those that continue its name. */
export function sentencesOf(policy: string): ReadonlyMap<string, string> {
  const name = basename(policy, '.ts');
  const files = readdirSync(POLICIES).filter((file) => file === `${name}.ts` || file.startsWith(`${name}-`));
  const sentences = new Map<string, string>();
  for (const file of files) {
    const rules = readFileSync(new URL(file, POLICIES), 'utf8')
      .split(/\bid: (?=')/)
      .slice(1);
    for (const rule of rules) {
      const [, id = ''] = /^'([^']+)'/.exec(rule) ?? [];
      const [, because = ''] = /\bbecause:([^]*?)\bthen:/.exec(rule) ?? [];
      sentences.set(id, literalsOf(because).filter(isSentence).join(' / '));
    }
  }
  return sentences;
}

const isSentence = (literal: string): boolean => /\p{L}.* .*\p{L}/u.test(literal);

/** Strings and templates of a piece of code, in order; what is within the braces of a template is left out. */
function literalsOf(code: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < code.length; at++) {
    const quote = code[at];
    if (quote !== "'" && quote !== '`' && quote !== '"') continue;
    let text = '';
    for (at++; at < code.length && code[at] !== quote; at++) {
      if (code[at] === '\\') text += code[++at] === 'n' ? ' ' : (code[at] ?? '');
      else if (quote === '`' && code.startsWith('${', at)) {
        at = endOfBraces(code, at + 2);
        text += '…';
      } else text += code[at];
    }
    found.push(text);
  }
  return found;
}

/** Where the brace closes that was opened before `from`. */
function endOfBraces(code: string, from: number): number {
  let depth = 1;
  let at = from;
  for (; at < code.length; at++) {
    if (code[at] === '{') depth++;
    if (code[at] === '}' && --depth === 0) break;
  }
  return at;
}
