// Texts that try to command somebody when they are published, found by the detectors of test/support/commands.ts.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { neutralise, neutralLine } from '../../../src/activities/publish/neutralise.ts';
import { commandsIn as found } from '../../support/commands.ts';

const MARK = `signalbox-${'a1'.repeat(20)}`;
const CORPUS: readonly string[] = [
  'Thanks to @octocat for the report.',
  'cc @org/security-team',
  '(@octocat)',
  '**@octocat**, _@octocat_ and ~~@octocat~~',
  '`@octocat`',
  '```\n@octocat\n```',
  '\\@octocat',
  '&#64;octocat',
  '&#x40;octocat',
  '&commat;octocat',
  '@&#111;ctocat',
  'ping&#8203;@octocat',
  '@dependabot merge',
  '@bors r+',
  'é@octocat',
  'Fixes #1',
  'fixes: #1',
  'This change\nRESOLVES\n#12',
  'closes owner/repo#3',
  'Closes GH-4',
  'fixed https://github.com/o/r/issues/5',
  'Resolves **#6**',
  'Fixes <b>#7</b>',
  'fixes&nbsp;#8',
  'f&#105;xes #9',
  'Closing issue #10',
  'implements #11',
  'close [#12](https://example.org)',
  'See torvalds/linux#1',
  'See https://github.com/torvalds/linux/pull/1',
  '/lgtm',
  '  /approve\n/hold cancel',
  '> /merge',
  'Done.\n/close',
  '/azp run',
  '&sol;lgtm',
  '!retry',
  'bors r+',
  'bors delegate=evil',
  'LGTM',
  'recheck',
  'retest this please',
  'ok to test',
  'I have read the CLA Document and I hereby sign the CLA',
  'Tidy up [skip ci]',
  'Tidy up [ci skip]',
  'Tidy up [no ci]',
  'Tidy up\n\n\nskip-checks: true',
  '***NO_CI***',
  'Tidy up\n\nCo-authored-by: Boss <boss@example.org>',
  'Tidy up\n\nSigned-off-by: Boss <boss@example.org>',
  'Release-As: 99.0.0',
  `<!-- ${MARK} -->`,
  MARK,
  '<!-- signalbox:proof -->verified<!-- /signalbox:proof -->',
  'before <!-- everything after is unseen',
  'safe \u202egnp.exe',
  '\u001b[2Jgone',
  `hidden ${String.fromCodePoint(0xe0041, 0xe0042)}`,
  'a\r/lgtm',
];

describe('neutralise', () => {
  it.each(CORPUS)('lets %j command nobody', (text) => {
    expect(found(text).length).toBeGreaterThan(0);
    expect(found(neutralise(text))).toEqual([]);
    expect(found(neutralLine(text))).toEqual([]);
  });

  it.each([
    'Fix the parser: it lost the last line (#12).',
    'fix: handle empty input and/or none',
    'Write to ann@example.org; see src/a/b.ts, ./x, ../y, ~/z and https://example.org/a/b?c=1&d=2.',
    'a < b && b > c &amp; so on',
    '| a | b |\n|---|---|\n| 1 | 2 |',
    '```ts\nconst half = 1 / 2;\n```',
    '![image](https://example.org/a.png) and <details><summary>More</summary></details>',
    'The fix closes the gap; resolve it before 3 o’clock.',
  ])('leaves %j as it is', (text) => {
    expect(neutralise(text)).toBe(text);
  });

  it('ends a block of code that is left open, so that what follows it is seen', () => {
    expect(neutralise('```ts\nlet a')).toBe('```ts\nlet a\n```');
    expect(neutralise('~~~~\n```\n')).toBe('~~~~\n```\n~~~~');
    expect(neutralise('````\n```\n````\n')).toBe('````\n```\n````\n');
  });

  it('keeps every visible character', () => {
    for (const text of ['@octocat fixes #1', '/lgtm [skip ci] torvalds/linux#1'])
      expect(neutralise(text).replaceAll('\u200b', '')).toBe(text);
  });

  const parts = [
    ...CORPUS,
    ' ',
    '\n',
    '\n\n',
    '@',
    '/',
    '#1',
    '&',
    ';',
    '<',
    '>',
    '\\',
    '*',
    '_',
    '`',
    '~',
    'a',
    'fix',
    'es ',
    '<!--',
    '-->',
    '!',
  ];
  const someText = fc.array(fc.oneof(fc.constantFrom(...parts), fc.string({ maxLength: 5 })), { maxLength: 12 }).map((all) => all.join(''));

  it('lets no combination of them command anybody', () => {
    fc.assert(
      fc.property(someText, (text) => {
        expect(found(neutralise(text))).toEqual([]);
      }),
      { numRuns: 2000, seed: 5 },
    );
  });

  it('changes nothing when it is done again', () => {
    fc.assert(
      fc.property(someText, (text) => {
        expect(neutralise(neutralise(text))).toBe(neutralise(text));
      }),
      { numRuns: 1000, seed: 6 },
    );
  });

  it('takes its time in proportion to the text', () => {
    const started = performance.now();
    for (const part of ['<', '@', 'fix ', '/', '[skip ', '&#', 'a/', '-', 'a-', ' ', '\n>', '```\n'])
      neutralise(part.repeat(60_000 / part.length));
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
