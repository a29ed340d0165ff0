// Tables as people see them: in a terminal of any width, and in a file.
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { table } from '../../../src/client/cli/output.ts';

const HEAD = ['id', 'because'];
const ROWS = [['task/default/owner/app/1/1', 'The request waits for the approval of a person who may write there, of this very head.']];
const lines = (columns: number | undefined): string[] => stripVTControlCharacters(table(HEAD, ROWS, columns)).split('\n');

describe('a table', () => {
  it('wraps its widest column where a terminal is too narrow for it, and loses no word', () => {
    const drawn = lines(60);
    expect(Math.max(...drawn.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(
      drawn
        .join(' ')
        .match(/[\w/]+/g)
        ?.toSorted(),
    ).toEqual(
      [...HEAD, ...ROWS[0]!]
        .join(' ')
        .match(/[\w/]+/g)
        ?.toSorted(),
    );
  });

  it('has a line a row where there is room, and where nobody says how wide it may be', () => {
    expect(lines(200)).toHaveLength(2);
    expect(table(HEAD, ROWS, 200)).toBe(table(HEAD, ROWS, 1_000));
  });

  it('stays as it is where no width would do', () => {
    expect(lines(20)).toHaveLength(2);
  });
});
