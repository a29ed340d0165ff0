// Finds what commands forges, bots and people in a published text. Reads as they do, raw and as rendered; these are not the product's own
// patterns.

/** Entities, escapes and tags as a renderer leaves them. */
function rendered(text: string): string {
  return text
    .replace(/<!--[\s\S]*?(?:-->|$)/g, '')
    .replace(/<\/?[a-z][^>]*>/gi, '')
    .replace(/&#x([0-9a-f]+);/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16) % 0x110000))
    .replace(/&#(\d+);/g, (_, decimal: string) => String.fromCodePoint(Number(decimal) % 0x110000))
    .replace(/&(commat|num|sol|nbsp|period|colon|ZeroWidthSpace);/g, (_, name: string) => ENTITIES[name] ?? '')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1');
}
const ENTITIES: Record<string, string> = {
  commat: '@',
  num: '#',
  sol: '/',
  nbsp: '\u00a0',
  period: '.',
  colon: ':',
  ZeroWidthSpace: '\u200b',
};

const REFERENCE = String.raw`(?:(?:[\w.-]+/[\w.-]+)?#\d+|gh-\d+|https?://\S+/(?:issues|pull|work_items|merge_requests)/\d+)`;
const DETECTORS: Record<string, RegExp> = {
  mention: /(?:^|[^A-Za-z0-9_])@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?/im,
  'closing keyword': new RegExp(
    String.raw`\b(?:clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?):?\s+(?:issues?\s+)?[[*_(]*${REFERENCE}`,
    'i',
  ),
  'reference to others': /(?:^|[^\w/.-])[\w-]+\/[\w.-]+#\d|https?:\/\/(?:www\.)?github\.com\/[^\s/]+\/[^\s/]+\/(?:issues|pull)\/\d/im,
  'slash command': /^[\s>]*\/[a-z]/im,
  'bang command': /^\s*![a-z]/im,
  'bot words': /^\s*(?:bors (?:r\+|merge|try|delegate)|lgtm|recheck|retest this please|test this please|ok to test)(?!\w)/im,
  'signs an agreement': /I have read the CLA Document and I hereby sign the CLA/i,
  'skips CI': /\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]|^skip-checks:\s*true|\*\*\*NO_CI\*\*\*/im,
  trailer: /^\s*(?:co-authored-by|signed-off-by|reviewed-by|acked-by|release-as|change-id):/im,
  comment: /<!--/,
  'mark of ours': /signalbox-[0-9a-f]{40}/i,
  'turned or hidden text': /[\u0000-\u0008\u001b\u202a-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/u,
};

/** What in a text would command somebody if it were published. */
export const commandsIn = (text: string): string[] =>
  [text, rendered(text)].flatMap((seen) => Object.entries(DETECTORS).flatMap(([name, pattern]) => (pattern.test(seen) ? [name] : [])));
