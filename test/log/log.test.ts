// The log of a process, in files and real processes: it stays short, without secrets and whole over kills, and is never silent.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execa } from 'execa';
import { openLog, SILENCE_MS } from '../../src/log/log.ts';
import { redactor } from '../../src/secrets/redact.ts';
import { until } from '../support/until.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SECRET = 'a-secret-that-nobody-may-see';
let folder: string;
let file: string;
let descriptor: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-log-'));
  file = join(folder, 'worker.log');
  descriptor = openSync(file, 'a');
});
afterEach(async () => {
  jest.useRealTimers();
  closeSync(descriptor);
  await rm(folder, { recursive: true, force: true });
});

/** The clock stands still for it: a log is for as long as its process lives, and would write when its file is closed. */
const open = (most?: number) => {
  jest.useFakeTimers();
  return openLog({ level: 'info', redact: redactor([SECRET]), file, to: descriptor, ...(most !== undefined && { most }) });
};
const linesOf = (path: string): { n: number; msg: string }[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { n: number; msg: string });
/** Every line of all files, oldest first. */
const kept = (): { n: number; msg: string }[] => [`${file}.2`, `${file}.1`, file].filter((path) => existsSync(path)).flatMap(linesOf);

describe('the log of a process', () => {
  it('is kept short, with the two files before it, no line lost or cut between them', () => {
    const log = open(10_000);
    for (let n = 0; n < 1_000; n++) log.info({ n }, `a line with ${SECRET}`);
    expect([1, 2].map((at) => statSync(`${file}.${at}`).size).every((size) => size >= 10_000 && size < 10_500)).toBe(true);
    expect(statSync(file).size).toBeLessThan(10_500);
    expect(existsSync(`${file}.3`)).toBe(false);
    const lines = kept();
    const first = lines[0]?.n ?? 0;
    expect(lines.map(({ n }) => n)).toEqual(Array.from({ length: 1_000 - first }, (_, at) => first + at));
    expect(new Set(lines.map(({ msg }) => msg))).toEqual(new Set(['a line with [redacted: secret]']));
  });

  it('loses nothing where its process is killed while it writes and files become full', async () => {
    const write = `
      import { openLog } from '${join(ROOT, 'src/log/log.ts')}';
      const log = openLog({ level: 'info', redact: (text) => text, file: process.argv[1], most: 20_000 });
      for (let n = Number(process.argv[2]); ; n++) log.info({ n }, 'a line'.padEnd(300));`;
    const last = (): number => kept().reduce((most, { n }) => Math.max(most, n), -1);
    for (let round = 0; round < 2; round++) {
      const next = last() + 1;
      const child = spawn(process.execPath, ['--input-type=module', '--eval', write, file, String(next)], {
        stdio: ['ignore', 'inherit', descriptor],
      });
      await until('it has filled files', () => last() > next + 300);
      await killed(child);
      const numbers = kept().map(({ n }) => n);
      // A kill right between copying and emptying leaves lines twice, never fewer.
      const distinct = [...new Set(numbers)].sort((a, b) => a - b);
      const first = distinct[0] ?? 0;
      expect(distinct).toEqual(Array.from({ length: distinct.length }, (_, at) => first + at));
    }
  }, 60_000);

  it('says that it has nothing to say, after five minutes', () => {
    const log = open();
    log.info('The last for long.');
    jest.advanceTimersByTime(SILENCE_MS - 1_000);
    expect(linesOf(file)).toHaveLength(1);
    jest.advanceTimersByTime(61_000);
    const lines = linesOf(file);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatchObject({ level: 30, msg: expect.stringContaining('it lives'), uptimeSeconds: expect.any(Number) });
  });

  it.each(['throw new Error(words)', 'void Promise.reject(new Error(words))', 'await Promise.reject(new Error(words))'])(
    'tells of what nobody has caught, without secrets, and the process ends with 1: %s',
    async (crash) => {
      const program = `
        import { logCrashes, openLog } from '${join(ROOT, 'src/log/log.ts')}';
        import { redactor } from '${join(ROOT, 'src/secrets/redact.ts')}';
        logCrashes(openLog({ level: 'error', redact: redactor(['${SECRET}']), file: 'none' }));
        const words = 'It broke with ' + '${SECRET}';
        setTimeout(() => console.log('it went on'), 1_000);
        ${crash};`;
      const { exitCode, stdout, stderr } = await execa(process.execPath, ['--input-type=module', '--eval', program], { reject: false });
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(JSON.parse(stderr)).toMatchObject({ level: 60, msg: 'It ends: It broke with [redacted: secret]', err: { type: 'Error' } });
    },
  );
});

async function killed(child: ChildProcess): Promise<void> {
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await gone;
}
