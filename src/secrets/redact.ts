// Takes secrets out of whatever is kept, shown, sent to a model or published. One function for all of these, made once from what the
// configuration knows. It says what was there, never a part of it, and what it has redacted once it leaves alone.
import { PATTERNS } from './patterns.ts';

/** Strings, and the keys and values of arrays and plain objects; everything else (bytes, numbers) comes back as it is. */
export type Redact = <T>(value: T) => T;

/** Shorter ones would be found everywhere. */
export const SHORTEST_SECRET = 12;

/** Begins what stands in place of a secret. */
export const REDACTED = '[redacted: ';

const PLACES = new RegExp(`\\[redacted: (?:secret|${PATTERNS.map(({ name }) => name).join('|')})\\]`);

/** Whether a text has the place of a secret in it: one who was shown that must not write it back. */
export const hasRedacted = (text: string): boolean => PLACES.test(text);

/** @param secrets values that must not be seen, as the configuration has them; those shorter than SHORTEST_SECRET are not looked for */
export function redactor(secrets: readonly string[]): Redact {
  const known = knownPattern(secrets);
  const text = (value: string): string => {
    const without = known === undefined ? value : value.replace(known, `${REDACTED}secret]`);
    return PATTERNS.reduce((rest, { name, pattern }) => rest.replace(pattern, (...match) => inPlaceOf(name, match)), without);
  };
  const deep = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(deep);
    if (value === null || typeof value !== 'object' || !isPlain(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [text(key), deep(inner)]));
  };
  return deep as Redact;
}

/** `match` as String.replace gives it: the match, groups, offset, whole text, and named groups where there are some. */
function inPlaceOf(name: string, match: readonly unknown[]): string {
  const whole = match[0] as string;
  const groups = match.at(-1);
  const secret = typeof groups === 'object' ? (groups as { secret: string }).secret : whole;
  if (secret.startsWith(REDACTED)) return whole;
  const at = whole.lastIndexOf(secret); // what names a secret comes before it
  return `${whole.slice(0, at)}${REDACTED}${name}]${whole.slice(at + secret.length)}`;
}

/** Every way in which a known value is written where text goes: as it is, in JSON, in an address, in base64 and as basic credentials. */
function knownPattern(secrets: readonly string[]): RegExp | undefined {
  const forms = secrets
    .map((secret) => secret.trim())
    .filter(({ length }) => length >= SHORTEST_SECRET)
    .flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      ...['', 'x', 'xx'].map((before) => middleOfBase64(before, secret)),
      Buffer.from(secret).toString('hex'),
    ])
    .filter(({ length }) => length >= SHORTEST_SECRET);
  if (forms.length === 0) return undefined;
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map(escaped).join('|'), 'g');
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** The characters of a secret's base64 that do not depend on what stands around it, when it begins after so many bytes. */
function middleOfBase64(before: string, secret: string): string {
  const encoded = Buffer.from(before + secret)
    .toString('base64')
    .replace(/=+$/, '');
  const bytes = Buffer.byteLength(before + secret);
  return encoded.slice(before === '' ? 0 : before.length + 1, Math.floor((bytes * 8) / 6));
}

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
};
