// `npm run bench -- kernel [overhead[=10,50,1000]] [recovery[=20,8]] [live[=10,20,40]]`: measures the kernel on this machine. Figures are kept
// with their commit and the load that others put on the machine; runs with counts of their own are only printed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { rounded } from './figures.ts';
import { measureLive } from './live.ts';
import { measureOverhead } from './overhead.ts';
import { measureRecovery } from './recovery.ts';
import { createSetting } from './setting.ts';

const PARTS = { overhead: measureOverhead, recovery: measureRecovery, live: measureLive };
type Part = keyof typeof PARTS;

const asked = process.argv.slice(2).map((argument): { part: string; counts: number[] | undefined } => {
  const [part = '', counts] = argument.split('=');
  return { part, counts: counts?.split(',').map(Number) };
});
const isPart = (part: string): part is Part => part in PARTS;
const unknown = asked.filter(({ part, counts = [] }) => !isPart(part) || counts.some((count) => !(count > 0)));
if (unknown.length > 0)
  throw new Error(`not a part with counts: ${JSON.stringify(unknown)}; there are ${Object.keys(PARTS).join(', ')}, as in recovery=20,8`);
const all = Object.keys(PARTS).map((part) => ({ part, counts: undefined }));

const figures: Record<string, unknown> = {};
const load = rounded(loadavg()[0] ?? NaN);
for (const { part, counts } of asked.length > 0 ? asked : all) {
  if (!isPart(part)) continue;
  const setting = await createSetting();
  try {
    figures[part] = await PARTS[part](setting, counts);
  } finally {
    await setting.end();
  }
  process.stdout.write(`${part}\n`);
  console.table(figures[part]);
}

if (asked.every(({ counts }) => counts === undefined)) {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const results = resolve(import.meta.dirname, '../results');
  mkdirSync(results, { recursive: true });
  for (const [part, measured] of Object.entries(figures)) {
    const kept = { commit, at: new Date().toISOString(), cores: cpus().length, loadBefore: load, node: process.version, figures: measured };
    writeFileSync(resolve(results, `kernel-${part}.json`), `${JSON.stringify(kept, null, 2)}\n`);
  }
}
