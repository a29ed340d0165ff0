// `npm run bench -- requests [latency[=100,5]] [calls[=20]] [parked[=1000]]`: measures the owners of requests on this machine. Figures are kept with
// their commit and the load that others put on the machine; runs with counts of their own are only printed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { rounded } from '../kernel/figures.ts';
import { measureCalls } from './calls.ts';
import { measureLatency } from './latency.ts';
import { measureParked } from './parked.ts';
import { createSetting } from './setting.ts';

const PARTS = { latency: measureLatency, calls: measureCalls, parked: measureParked };
type Part = keyof typeof PARTS;

const asked = process.argv.slice(2).map((argument): { part: string; counts: number[] | undefined } => {
  const [part = '', counts] = argument.split('=');
  return { part, counts: counts?.split(',').map(Number) };
});
const isPart = (part: string): part is Part => part in PARTS;
const unknown = asked.filter(({ part, counts = [] }) => !isPart(part) || counts.some((count) => !(count > 0)));
if (unknown.length > 0)
  throw new Error(`not a part with counts: ${JSON.stringify(unknown)}; there are ${Object.keys(PARTS).join(', ')}, as in parked=100`);
const all = Object.keys(PARTS).map((part) => ({ part, counts: undefined }));

const results = resolve(import.meta.dirname, '../results');
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
for (const { part, counts } of asked.length > 0 ? asked : all) {
  if (!isPart(part)) continue;
  const load = rounded(loadavg()[0] ?? NaN);
  const setting = await createSetting();
  try {
    const figures = await PARTS[part](setting, counts);
    process.stdout.write(`${part}\n`);
    console.table(figures);
    if (counts !== undefined) continue;
    mkdirSync(results, { recursive: true });
    const kept = { commit, at: new Date().toISOString(), cores: cpus().length, loadBefore: load, node: process.version, figures };
    writeFileSync(resolve(results, `requests-${part}.json`), `${JSON.stringify(kept, null, 2)}\n`);
  } finally {
    await setting.end();
  }
}
