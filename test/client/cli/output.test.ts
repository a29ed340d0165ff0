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

  it('shows ids whole, broken after a slash where they are too long for their column', () => {
    const id = 'approve/mr/forge.example/owner/repository/12/728aeb1db47b5b012d2574d8bd1e2346c21e1';
    const cells = stripVTControlCharacters(table(['item', 'question'], [[id, 'Merge it, now that everybody has looked at it twice?']], 60))
      .split('\n')
      .slice(1)
      .map((line) => line.slice(0, 30).trim());
    expect(cells.join('')).toContain(id);
    expect(cells[0]).toMatch(/\/$/);
  });

  it('stays as it is where no width would do', () => {
    expect(lines(20)).toHaveLength(2);
  });
});
