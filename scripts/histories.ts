// Random histories of requests, with seeds of their own: `npm run histories -- --count 500 [--seed 7] [--no-kills]`; with
// `--keep` they are lived through undisturbed, and how they end is what the test holds those under trouble against. A history that fails is
// printed with its seed, its events and what was decided; the seed belongs into test/workflows/histories.test.ts.
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import setUp from '../test/support/global-setup.js';
import tearDown from '../test/support/global-teardown.js';
import { runHistories, told } from '../test/workflows/histories/run.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '500' },
    seed: { type: 'string' },
    kills: { type: 'boolean', default: true },
    'at-once': { type: 'string', default: '14' },
    /** Writes down how these end undisturbed, for test/workflows/histories.test.ts. */
    keep: { type: 'boolean', default: false },
  },
  allowNegative: true,
});
await setUp();
/** Then the next begin with a fresh forge. */
const A_RUN = 40;
const first = values.seed === undefined ? randomInt(1_000_000_000) : Number(values.seed);
const count = Number(values.count);
let wrong = 0;
const kept: Record<number, unknown> = {};
for (let done = 0; done < count; done += A_RUN) {
  const seeds = Array.from({ length: Math.min(A_RUN, count - done) }, (_, at) => first + done + at);
  const { failures, ends, undisturbed } = await runHistories({
    seeds,
    kills: values.kills,
    atOnce: Number(values['at-once']),
    calm: values.keep,
    said: (line) => console.log(`  ${line}`),
  });
  console.log(`seeds ${seeds[0]} to ${seeds.at(-1)}: ${JSON.stringify(ends)}`);
  for (const failure of failures) console.log(told(failure));
  wrong += failures.length;
  Object.assign(kept, undisturbed);
}
console.log(
  wrong === 0 ? 'Every history ended as it should.' : `${wrong} did not; each seed is a case for test/workflows/histories.test.ts.`,
);
if (values.keep) writeFileSync(new URL('../test/workflows/histories/ends.json', import.meta.url), `${JSON.stringify(kept, null, 1)}\n`);
await tearDown();
process.exit(wrong === 0 ? 0 : 1);
