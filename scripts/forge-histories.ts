// Random histories against a forge, with seeds of their own: `npm run forge:histories -- --count 100 [--seed 7] [--path 3:1] [--story] [--shrink]`. A history that
// fails is printed with its seed and path; the seed belongs into test/forge/histories.test.ts.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runHistories } from '../test/forge/histories/run.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    seed: { type: 'string' },
    path: { type: 'string' },
    story: { type: 'boolean' },
    shrink: { type: 'boolean' },
  },
});
/** A run ends after so many, and the next begins with a fresh forge. */
const HISTORIES_A_RUN = 20;

/** The one that was asked for, and those after it: the same once more would show the same. */
let seed = values.seed === undefined ? randomInt(1_000_000_000) : Number(values.seed);
for (let left = Number(values.count); left > 0; left -= HISTORIES_A_RUN, seed++) {
  const { merges, acts } = await runHistories({
    count: Math.min(left, HISTORIES_A_RUN),
    seed,
    shrink: values.shrink === true,
    tell: (story) => console.log(values.story === true ? `${story}\n` : 'a history went well'),
    ...(values.path === undefined ? {} : { path: values.path }),
  });
  console.log(`seed ${seed}: ${merges.length} merges; ${JSON.stringify(acts)}`);
}
