// What a forge that is not undelayed makes its clients wait for: the least of it exactly, the most with room for a busy machine.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually, startTestForge, type TestForge } from './harness.ts';
import { workbench, type Workbench } from './pull-request-support.ts';

/** What a busy machine may add, in ms. */
const BUSY = 10_000;

let forge: TestForge;
let bench: Workbench;
beforeAll(async () => {
  forge = await startTestForge({ arguments: [] });
  bench = await workbench(forge);
});
afterAll(async () => {
  bench.dispose();
  await forge.stop();
});

it('mergeability is unknown for one second to four, and checks come one second to three after their push', async () => {
  const file = 'on: push\njobs:\n  test: { runs-on: x, steps: [{ run: "true" }] }\n';
  const pushed = Date.now();
  const sha = await bench.commit('ci', { '.github/workflows/ci.yml': file });
  const told = Date.now();
  // A list may be older than the repository itself.
  const route = `/repos/${bench.place.owner}/${bench.place.repo}/commits/${sha}/check-runs`;
  const total = async (): Promise<number> =>
    ((await (await forge.fetch(route, { login: 'reader' })).json()) as { total_count?: number }).total_count ?? 0;
  const seen = await eventually('its check', async () => (await total()) > 0 && Date.now(), 3_000 + 2_000 + BUSY);
  expect(seen - pushed).toBeGreaterThanOrEqual(1_000);
  expect(seen - told).toBeLessThan(3_000 + 2_000 + BUSY);

  await bench.commit('topic', { topic: '' });
  const opened = Date.now();
  const { data: pull } = await forge.as('writer').rest.pulls.create({ ...bench.place, head: 'topic', base: 'main', title: 'Topic' });
  expect([pull.mergeable, pull.mergeable_state]).toEqual([null, 'unknown']);
  const known = await eventually(
    'mergeability',
    async () => (await bench.pull(pull.number)).mergeable === true && Date.now(),
    4_000 + BUSY,
  );
  expect(known - opened).toBeGreaterThanOrEqual(1_000);
}, 60_000);
