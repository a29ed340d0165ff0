import { describe, expect, it } from '@jest/globals';
import { footerOf, footersIn, withFooter } from '../../../src/activities/publish/footer.ts';
import { ours } from '../../../src/activities/publish/ours.ts';

describe('what we say', () => {
  it('ends with a line that says whose it is and leads to where more is told, and with its mark', () => {
    const [call, about] = [{ mark: 'signalbox-1' }, 'https://forge/o/r/pull/2'];
    expect(ours('Done.', { home: null, about }, call)).toBe(
      `Done.\n\n<sub>Signalbox wrote this: [how it stands](${about}).</sub>\n\n<!-- signalbox-1 -->`,
    );
    expect(ours('Done.', { home: 'https://wiki/signalbox', about }, call)).toContain('<sub>[Signalbox](https://wiki/signalbox) wrote this');
  });
});

describe('the footer of a description', () => {
  const footer = footerOf({ task: 'task/w/o/r/1/1', pipeline: 'delivery', session: 'code/1' });
  const before = `What it does.\n\nCloses #1.\n\n${footer}\n\n<!-- signalbox:proof -->…`;
  const cases: readonly (readonly [string, string])[] = [
    ['as it is', before],
    ['edited', before.replace('`code/1`', '`me`')],
    ['doubled', `${before}\n\n${footer}\n`],
    ['with ends of lines as browsers send them', before.replaceAll('\n', '\r\n')],
    [
      'as it was written before it had marks',
      before.replace('<!-- signalbox:footer -->\n', '').replace('\n<!-- /signalbox:footer -->', ''),
    ],
  ];
  it.each(cases)('is one and in its place: %s', (_, description) => {
    expect(withFooter(description, footer).trimEnd()).toBe(before);
  });

  it('is put at the end where it was taken out, and what people wrote stays', () => {
    expect(withFooter('Mine.\n', footer)).toBe(`Mine.\n\n${footer}\n`);
    expect(withFooter('', footer)).toBe(`${footer}\n`);
    expect(footersIn(withFooter('Mine.', footer))).toEqual([footer]);
    expect(footersIn('Mine.\n\n---\nWritten by me.')).toEqual([]);
  });
});
