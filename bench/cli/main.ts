// `npm run bench -- cli [start] [up]`: how soon the command line answers, beside Node that does nothing. Rounds are interleaved, so that a busy
// machine is busy for all; the minimum says what the command costs, the median what a person feels.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';

const ROUNDS = 15;
const UP_ROUNDS = 5;
const BIN = path.resolve(import.meta.dirname, '../../bin/signalbox');
const folder = mkdtempSync(path.join(tmpdir(), 'signalbox-bench-cli-'));

interface Figure {
  readonly minimum: number;
  readonly median: number;
}

const signalbox = (...args: string[]): void => {
  execFileSync(BIN, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
};

/** Milliseconds of each command, by its name; the first round fills caches and does not count. */
function timed(rounds: number, commands: Readonly<Record<string, () => void>>): Record<string, Figure> {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++)
    for (const [name, run] of Object.entries(commands)) {
      const before = performance.now();
      run();
      if (round > 0) times[name]?.push(performance.now() - before);
    }
  return Object.fromEntries(Object.entries(times).map(([name, taken]) => [name, figure(taken)]));
}

function figure(taken: number[]): Figure {
  const sorted = taken.toSorted((a, b) => a - b);
  return { minimum: Math.round(sorted[0] ?? 0), median: Math.round(sorted[sorted.length >> 1] ?? 0) };
}

const nothing = (): void => void execFileSync(process.execPath, ['-e', '0']);
const PARTS = {
  /** Commands that need no server, in an installation that is down. */
  start: () => {
    signalbox('up');
    signalbox('down');
    return timed(ROUNDS, {
      'node -e 0': nothing,
      '--version': () => signalbox('--version'),
      '--help': () => signalbox('--help'),
      status: () => signalbox('status'),
      outbox: () => signalbox('outbox'),
    });
  },
  /** `up` of what was up before: the server's executable, the database and the caches are there. */
  up: () => timed(UP_ROUNDS, { 'node -e 0': nothing, up: () => signalbox('up'), down: () => signalbox('down') }),
};
type Part = keyof typeof PARTS;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((part) => !(part in PARTS));
if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);

const figures: Record<string, unknown> = {};
try {
  for (const part of (wanted.length > 0 ? wanted : Object.keys(PARTS)) as Part[]) {
    figures[part] = PARTS[part]();
    console.log(part);
    console.table(figures[part]);
  }
} finally {
  signalbox('down');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const results = path.resolve(import.meta.dirname, '../results');
mkdirSync(results, { recursive: true });
const measured = { commit, at: new Date().toISOString(), cores: cpus().length, load: loadavg()[0], node: process.version, figures };
writeFileSync(path.join(results, `cli-${wanted.length > 0 ? wanted.join('-') : 'all'}.json`), `${JSON.stringify(measured, null, 2)}\n`);
