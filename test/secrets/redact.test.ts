// What is taken out of texts, and what is left alone. The tokens are put together here, so that nobody takes this file for a leak.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redactor, REDACTED, SHORTEST_SECRET } from '../../src/secrets/redact.ts';

const letters = (count: number): string => 'aB3xK9mQ7rT2wZ5cV8nL1pD4fG6hJ0sY'.repeat(8).slice(0, count);
const capitals = (count: number): string => letters(count).toUpperCase();

/** Text, and the part of it that must go. */
const CORPUS: readonly (readonly [kind: string, text: (secret: string) => string, secret: string])[] = [
  ['GitHub token', (secret) => `git clone with ${secret}, then build`, `ghp_${letters(36)}`],
  ['GitHub app token', (secret) => `"${secret}"`, `ghs_${letters(36)}`],
  ['fine-grained GitHub token', (secret) => secret, `github_pat_${letters(22)}_${letters(59)}`],
  ['GitLab token', (secret) => `PRIVATE-TOKEN: ${secret}`, `glpat-${letters(20)}`],
  ['Anthropic key', (secret) => `x-api-key: ${secret}\n`, `sk-ant-api03-${letters(93)}-AA`],
  ['OpenAI key', (secret) => `(${secret})`, `sk-proj-${letters(48)}`],
  ['Slack token', (secret) => `token=${secret}&x=1`, `xoxb-123456789012-${letters(24)}`],
  ['Slack address', (secret) => `curl -d x ${secret}`, `https://hooks.slack.com/services/T0000/B0000/${letters(24)}`],
  ['AWS key id', (secret) => `aws_access_key_id = ${secret}\n`, `AKIA${capitals(16)}`],
  ['AWS secret', (secret) => `aws_secret_access_key = ${secret}\n`, letters(40)],
  ['Google key', (secret) => `?key=${secret}`, `AIza${letters(35)}`],
  ['Stripe key', (secret) => `Stripe('${secret}')`, `sk_live_${letters(24)}`],
  ['npm token', (secret) => `//registry.npmjs.org/:_authToken=${secret}`, `npm_${letters(36)}`],
  ['PyPI token', (secret) => secret, `pypi-${letters(80)}`],
  ['Hugging Face token', (secret) => secret, `hf_${letters(34)}`],
  ['JSON web token', (secret) => `token: ${secret};`, `eyJ${letters(20)}.eyJ${letters(40)}.${letters(43)}`],
  ['address with a password', (secret) => `postgres://shop:${secret}@db:5432/shop`, 'hunter2-hunter2'],
  ['header', (secret) => `curl -H 'Authorization: Bearer ${secret}'`, letters(24)],
  ['header in JSON', (secret) => `{"authorization":"Basic ${secret}"}`, letters(24)],
  ['environment', (secret) => `PATH=/bin\nDB_PASSWORD=${secret}\nHOME=/`, `${letters(12)}=`],
  [
    'private key',
    (secret) => `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----\nafter`,
    `${letters(64)}\n${letters(64)}`,
  ],
  ['private key that was cut', (secret) => `key:\n-----BEGIN OPENSSH PRIVATE KEY-----\n${secret}`, letters(64)],
];

/** What looks a little like a secret, and has to stay: an agent works with it. */
const INNOCENT: readonly string[] = [
  'commit 3f2b8c1d9e0a4f5b6c7d8e9f0a1b2c3d4e5f6a7b',
  '"integrity": "sha512-9Vh8Bg6Xc8yqRxdm2vJ3eBq2u0v3oJ2m8nJfZq1yQ3oPz4c6n5v7b9w1x2y3z4A5B6C7D8E9F0G1H2I3J4K5L6=="',
  'f47ac10b-58cc-4372-a567-0e02b2c3d479',
  'task-oriented-dialogue-with-many-words-2024-Edition',
  'const token = await getToken(options);',
  'GITHUB_TOKEN=${{ secrets.GITHUB_TOKEN }}',
  'TOKEN=$1; PASSWORD=<your password>',
  'password: string; secret?: Uint8Array',
  'https://example.com:8080/path?x=1@2',
  'git@github.com:acme/shop.git and ssh://git@host:22/x',
  'https://user:$PASSWORD@host/',
  '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----',
  'The bearer of bad news. authorization: required',
  'disk-usage-REPORT-2024-with-names-of-hosts sk-learn',
];

const redact = redactor([]);

describe('what looks like a secret', () => {
  it.each(CORPUS)('is taken out: %s', (_kind, text, secret) => {
    const whole = text(secret);
    expect(redact(whole)).not.toContain(secret);
    expect(redact(whole)).toContain(REDACTED);
    // What stands around it is still there.
    const [before = ''] = whole.split(secret);
    if (!before.includes('BEGIN')) expect(redact(whole).startsWith(before)).toBe(true);
  });

  it.each(INNOCENT)('is not what only resembles one: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('is found in the midst of any text, and once is enough', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...CORPUS), fc.string(), (before, [, text, secret], after) => {
        const once = redact(`${before} ${text(secret)} ${after}`);
        expect(once).not.toContain(secret);
        expect(redact(once)).toBe(once);
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it('costs little in a large text, also in one made to be slow', () => {
    const large = [letters(32), 'https://a:', 'sk-a1', 'eyJ', 'A_TOKEN=', '-----BEGIN PRIVATE KEY', 'authorization: '].map((part) =>
      part.repeat(100_000 / part.length),
    );
    const from = performance.now();
    for (const text of large) redact(text);
    expect(performance.now() - from).toBeLessThan(3000);
  });
});

describe('values that the configuration knows', () => {
  const secrets = fc.array(
    fc.string({ minLength: SHORTEST_SECRET, maxLength: 60, unit: 'binary' }).filter((one) => one.trim().length >= SHORTEST_SECRET),
    {
      minLength: 1,
      maxLength: 4,
    },
  );

  it('are taken out of any text, also as JSON, in an address, in base64 and in hexadecimal', () => {
    fc.assert(
      fc.property(secrets, fc.string(), fc.string(), (known, before, after) => {
        const clean = redactor(known);
        for (const secret of known.map((one) => one.trim())) {
          expect(clean(`${before}${secret}${after}`)).not.toContain(secret);
          const wellFormed = secret.isWellFormed();
          expect(clean(JSON.stringify({ [before]: secret }))).not.toContain(JSON.stringify(secret));
          if (!wellFormed) continue;
          expect(clean(`https://host/?x=${encodeURIComponent(secret)}&y=1`)).not.toContain(encodeURIComponent(secret));
          const basic = Buffer.from(`${before}:${secret}`).toString('base64');
          expect(Buffer.from(clean(basic).replace(/^.*\]/, ''), 'base64').toString()).not.toContain(secret);
          expect(clean(basic)).toContain(REDACTED);
        }
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('are taken out of everything in a value, keys too; what is no text stays as it is', () => {
    const clean = redactor(['correct horse']);
    const bytes = new Uint8Array([1, 2, 3]);
    expect(clean({ a: ['x correct horse'], 'correct horse': { n: 1, u: undefined, no: null, bytes } })).toEqual({
      a: ['x [redacted: secret]'],
      '[redacted: secret]': { n: 1, u: undefined, no: null, bytes },
    });
    expect(clean(bytes)).toBe(bytes);
  });

  it('that are too short to tell from other text are not looked for', () => {
    expect(redactor(['abc', '  '])('abc and   abcdef')).toBe('abc and   abcdef');
  });
});
