// Text that came out of a model, an issue, a log or a repository, made fit to be published under our name (X4). It may say anything and
// command nobody: no mentions, closing keywords, commands of bots, marks of ours. What would be one is broken by a character without
// width, also within code: what we take for code, a forge may not. The same text comes out when it is done twice.

/** Zero width space: no forge or bot reads across it, and people do not see it. */
const BREAK = '\u200b';

const firstBroken = (match: string): string => match.slice(0, 1) + BREAK + match.slice(1);
const broken = (match: string): string => match + BREAK;

interface Rule {
  readonly find: RegExp;
  readonly put: string | ((match: string, ...groups: readonly string[]) => string);
}

/** In their order: later ones see what earlier ones have made. */
const RULES: readonly Rule[] = [
  { find: /\r\n?/g, put: '\n' },
  // What shows a text otherwise than it is: controls, changes of direction, tags that nobody sees.

  { find: /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/gu, put: '' },
  // Comments, declarations and instructions hide what is in them, and marks of ours are comments.
  { find: /<(?=[!?])/g, put: broken },
  { find: /signalbox(?=-[0-9a-f]{8})/gi, put: broken },
  // Whatever decodes to "@", "#" or letters would pass by the rules below.
  { find: /&(?=#|(?!(?:amp|lt|gt|quot|apos|nbsp);)[A-Za-z][A-Za-z0-9]*;)/g, put: broken },
  // Not in addresses of mail: there is no mention after a letter or digit.
  { find: /(?<![A-Za-z0-9])@(?=[^\s\u200b])/g, put: broken },
  // Issues and requests of others would tell their people of us. (This host leads to the same page and is no reference.)
  { find: /(?<=https?:\/\/)(?:www\.)?github\.com(?=\/[^\s/]+\/[^\s/]+\/(?:issues|pull|discussions)\/\d)/gi, put: 'redirect.github.com' },
  { find: /(?<=[\w.-]\/[\w.-]+)#(?=\d)/g, put: broken },
  {
    find: /(?<![A-Za-z0-9_])(?:clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?)(?![A-Za-z0-9_])/gi,
    put: keyword,
  },
  // Commands that begin with a sign: where it is no part of a path, a fraction, an address or a closing tag.
  { find: /(?<![A-Za-z0-9_/.:<~])\/(?=[A-Za-z<])/g, put: broken },
  { find: /(?<=^[\s>*\\-]*)!(?=[A-Za-z])/gm, put: broken },
  // Commands in words.
  { find: /\b(?:bors|lgtm|recheck|recheckcla|retest this|test this please|ok to test|add to (?:white|allow)list)\b/gi, put: firstBroken },
  { find: /\bI have read the CLA\b|\bI hereby sign\b/gi, put: firstBroken },
  // What a commit's message tells to CI, release tools, and whoever counts authors.
  { find: /(?<=\[)(?:skip|no|ci)[ -](?:ci|skip|actions|[a-z]+)(?=\])|(?<=\[)actions skip(?=\])/gi, put: firstBroken },
  { find: /skip-checks(?=\s*:)|(?<=\*\*\*)NO_CI(?=\*\*\*)/gi, put: firstBroken },
  {
    find: /(?<=^[ \t]*)(?:[a-z]+(?:-[a-z]+)*-by|release-as|change-id|depends-on|on-behalf-of)(?=\s*:)/gim,
    put: firstBroken,
  },
];

/** Makes a text safe to publish: comments, descriptions, titles, commit messages. Ends a block of code that it leaves open. */
export function neutralise(text: string): string {
  const harmless = RULES.reduce((so, { find, put }) => so.replace(find, put as string), text);
  const fence = openFence(harmless);
  return fence === undefined ? harmless : `${harmless.replace(/\n?$/, '\n')}${fence}`;
}

/** The same in one line: titles, names, cells of tables. */
export const neutralLine = (text: string): string => neutralise(text.replace(/\s+/g, ' ').trim());

const REFERENCE =
  /^[^\p{L}\p{N}]*(?:issues?[^\p{L}\p{N}]+)?(?:(?:[\w.-]+\/[\w.-]+)?#\u200b?\d|GH-\d|[A-Z][A-Z0-9]+-\d|https?:\/\/\S+\/\d)/iu;
/** How far a reference may be behind its keyword. */
const REACH = 120;

/** A closing keyword is one only before a reference; what is drawn between them does not count. */
function keyword(word: string, ...rest: readonly unknown[]): string {
  const [at, whole] = rest as [number, string];
  const behind = whole
    .slice(at + word.length, at + word.length + REACH)
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&\w+;/g, ' ');
  return REFERENCE.test(behind) ? firstBroken(word) : word;
}

/** The fence that would end the last block of code, if it is still open: what follows in a comment must not become part of it. */
function openFence(text: string): string | undefined {
  let fence: string | undefined;
  for (const line of text.split('\n')) {
    const [, mark, info] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (mark === undefined) continue;
    if (fence === undefined) fence = mark;
    else if (mark.startsWith(fence) && info?.trim() === '') fence = undefined;
  }
  return fence;
}
