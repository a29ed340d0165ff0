// `npm run bench -- kernel [overhead] [recovery] [live]`: measures the kernel on this machine and keeps the figures with the commit.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { measureLive } from './live.ts';
import { measureOverhead } from './overhead.ts';
import { measureRecovery } from './recovery.ts';
import { createSetting } from './setting.ts';

const PARTS = { overhead: measureOverhead, recovery: measureRecovery, live: measureLive };
type Part = keyof typeof PARTS;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((part) => !(part in PARTS));
if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);

const figures: Record<string, unknown> = {};
for (const part of (wanted.length > 0 ? wanted : Object.keys(PARTS)) as Part[]) {
  const setting = await createSetting();
  try {
    figures[part] = await PARTS[part](setting);
  } finally {
    await setting.end();
  }
  process.stdout.write(`${part}\n`);

  console.table(figures[part]);
}

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const results = resolve(import.meta.dirname, '../results');
mkdirSync(results, { recursive: true });
const measured = { commit, at: new Date().toISOString(), cores: cpus().length, node: process.version, figures };
writeFileSync(resolve(results, `kernel-${wanted.length > 0 ? wanted.join('-') : 'all'}.json`), `${JSON.stringify(measured, null, 2)}\n`);
