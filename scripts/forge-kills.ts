// Kills a forge under load, with seeds of its own: `npm run forge:kills -- --kills 100 [--seed 7]`. A seed that fails is printed; it belongs
// into test/forge/kill.test.ts.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runKills } from '../test/forge/kill-run.ts';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '100' }, seed: { type: 'string' } } });
/** A run ends after so many, and the next begins with a fresh directory. */
const KILLS_A_RUN = 10;

/** The one that was asked for, and those after it: the same once more would show the same. */
let seed = values.seed === undefined ? randomInt(1_000_000_000) : Number(values.seed);
for (let left = Number(values.kills); left > 0; left -= KILLS_A_RUN, seed++) {
  const report = await runKills({ kills: Math.min(left, KILLS_A_RUN), seed });
  console.log(`seed ${seed}: ${JSON.stringify(report)}`);
}
