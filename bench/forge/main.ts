// `npm run bench -- forge [requests] [delays] [size] [pushes]`: measures the forge on this machine and keeps the figures with the commit.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { startTestForge, type TestForge } from '../../test/forge/harness.ts';
import { measureDelays } from './delays.ts';
import { measurePushes } from './pushes.ts';
import { measureRequests } from './requests.ts';
import { measureSize } from './size.ts';

const withForge =
  <Figures>(measure: (forge: TestForge) => Promise<Figures>) =>
  async (): Promise<Figures> => {
    const forge = await startTestForge();
    try {
      return await measure(forge);
    } finally {
      await forge.stop();
    }
  };
const PARTS = { requests: withForge(measureRequests), delays: withForge(measureDelays), size: measureSize, pushes: measurePushes };
type Part = keyof typeof PARTS;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((part) => !(part in PARTS));
if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);

const figures: Record<string, unknown> = {};
for (const part of (wanted.length > 0 ? wanted : Object.keys(PARTS)) as Part[]) {
  figures[part] = await PARTS[part]();
  console.log(part);
  console.table(figures[part]);
}
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const results = path.resolve(import.meta.dirname, '../results');
mkdirSync(results, { recursive: true });
const measured = { commit, at: new Date().toISOString(), cores: cpus().length, load: loadavg()[0], node: process.version, figures };
writeFileSync(path.join(results, `forge-${wanted.length > 0 ? wanted.join('-') : 'all'}.json`), `${JSON.stringify(measured, null, 2)}\n`);
