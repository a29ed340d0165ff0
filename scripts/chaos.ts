// `npm run chaos -- --kills 300 [--seed 1]`: deliveries under random kills until so many have been, each counted at the forge.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createChaos } from '../test/e2e/chaos.ts';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '300' }, seed: { type: 'string' } } });
const PER_DELIVERY = 30;
let seed = Number(values.seed ?? Date.now() % 1_000_000);
// As the tests' global setup does.
process.env['TEST_RUN'] ??= await mkdtemp(join(tmpdir(), 'signalbox-chaos-run-'));
const chaos = await createChaos();
let left = Number(values.kills);
let wrong = 0;
while (left > 0) {
  const { outcome, killed, seen, told, steered } = await chaos.deliver(seed, Math.min(left, PER_DELIVERY));
  const { requests, merged, comments, replies, branches, commits, issue } = seen;
  const isRight =
    outcome.outcome === 'merged' &&
    merged &&
    [requests, comments, replies, branches.length].every((number) => number === 1) &&
    commits.length === new Set(commits).size &&
    issue === 'closed' &&
    told !== 'lost' &&
    steered !== 'lost';
  if (!isRight) wrong++;
  process.stdout.write(
    `${isRight ? 'ok   ' : 'WRONG'} seed ${seed}: ${killed.length} kills${isRight ? '' : ` ${JSON.stringify({ outcome, seen, told, steered })}`}\n`,
  );
  left -= Math.max(1, killed.length);
  seed++;
}
await chaos.end();
process.stdout.write(
  wrong === 0 ? 'Every delivery ended as it should.\n' : `${wrong} deliveries did not; each seed is a case for test/e2e/chaos.test.ts.\n`,
);
process.exitCode = wrong === 0 ? 0 : 1;
