// What a session gets to read of a failed job.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EXCERPT, excerptOf, looksFlaky, isOutside } from '../../src/policies/log-excerpt.ts';

const timed = (lines: readonly string[], second = 0): string =>
  lines.map((line) => `2026-01-01T00:00:${String(second).padStart(2, '0')}.1234567Z ${line}`).join('\n');
const noise = (count: number, word: string): string[] => Array.from({ length: count }, (_, at) => `${word} ${at}`);

describe('the excerpt of a log', () => {
  it('of a short one is all of it, without times, colours and control characters', () => {
    expect(excerptOf(timed(['\u001b[31mError\u001b[0m: no', 'exit\u0007 1', '']))).toBe('Error: no\nexit 1');
  });

  it('of a long one has the end, and what tells of failures with its surroundings, and says what it leaves out', () => {
    const log = timed([...noise(5_000, 'compiling'), 'before it', '✕ adds numbers', 'Expected: 3', ...noise(5_000, 'tidying'), 'exit 1']);
    const excerpt = excerptOf(log).split('\n');
    expect(excerpt).toEqual(expect.arrayContaining(['compiling 4999', 'before it', '✕ adds numbers', 'Expected: 3', 'exit 1']));
    expect(excerpt).toContain('… (4998 lines left out)');
    expect(excerpt.length).toBeLessThanOrEqual(EXCERPT.lines);
  });

  it('prefers the last of many failures', () => {
    const log = timed(Array.from({ length: 2_000 }, (_, at) => `error ${at}`));
    expect(excerptOf(log)).toContain('error 1999');
    expect(excerptOf(log)).not.toContain('error 100\n');
  });

  it('begins with the step that failed', () => {
    const log = `${timed(['Error: of an earlier step'], 1)}\n${timed(['of this step'], 7)}`;
    expect(excerptOf(log, '2026-01-01T00:00:07Z')).toBe('of this step');
    expect(excerptOf(log, '2027-01-01T00:00:00Z')).toContain('of this step');
  });

  it('never has more lines or wider ones than allowed, whatever is logged', () => {
    const line = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constant('error: x'),
      fc.constant('ok'),
      fc.string({ minLength: 900, maxLength: 1_000 }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 600 }), fc.integer({ min: 5, max: 200 }), (lines, most) => {
        const shown = excerptOf(lines.join('\n'), null, { lines: most, characters: 400 }).split('\n');
        expect(shown.length).toBeLessThanOrEqual(most);
        expect(Math.max(...shown.map(({ length }) => length))).toBeLessThan(450);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a failure', () => {
  it.each([
    ['npm ERR! code ECONNRESET', 'a connection broke'],
    ['curl: (6) Could not resolve host: registry', 'the network was away'],
    ['received 503 Service Unavailable', 'a service was busy'],
    ['thrown: "Exceeded timeout of 5000 ms for a test', 'a test ran out of time, or is known to be flaky'],
  ])('that says %j looks as if it may pass again', (line, why) => {
    expect(looksFlaky(line)).toBe(why);
  });

  it.each([
    ['write error: No space left on device', 'the machine was full'],
    ['npm error code ENOSPC', 'the machine was full'],
    ['The runner has received a shutdown signal.', 'the runner went away'],
    ['The self-hosted runner lost communication with the server.', 'the runner went away'],
  ])('that says %j is none of the change', (line, why) => {
    expect(isOutside(`some\n${line}`)).toBe(why);
    expect(looksFlaky(line)).toBeNull();
  });

  it('is one of the change where a test that speaks of a full disk has passed', () => {
    expect(isOutside('✓ tells of ENOSPC\nok 3 no space left on device\nAssertionError: expected 1')).toBeNull();
  });

  it('looks flaky by what the workspace knows', () => {
    const known = [/^lock timeout on \w+$/i];
    expect(looksFlaky('x\nLock timeout on users', known)).toBe('its log says /^lock timeout on \\w+$/i');
    expect(looksFlaky('Lock timeout on users')).toBeNull();
  });

  it('of an assertion does not', () => {
    expect(looksFlaky('AssertionError: expected 503 to equal 200')).toBeNull();
  });
});
