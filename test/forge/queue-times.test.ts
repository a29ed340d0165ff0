// A merge queue whose checks never come, in a forge whose queues have short minutes.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { eventually, startTestForge, type TestForge } from './harness.ts';
import { workbench, type PullView, type Workbench } from './pull-request-support.ts';
import { dequeued, groupOf, queued } from './queue-support.ts';

const ARGUMENTS = ['--undelayed', '--queue-minute-ms', '1500'];

let forge: TestForge;
let bench: Workbench;
beforeEach(async () => {
  forge = await startTestForge({ arguments: ARGUMENTS });
  bench = await workbench(forge);
});
afterEach(async () => {
  bench.dispose();
  await forge.stop();
});

it('drops the first in time, by itself, and gives the next a group and a time of its own', async () => {
  const [one, two] = (await queued(bench, { check_response_timeout_minutes: 1 }, 'one', 'two')) as [PullView, PullView];
  await eventually('both to be dropped', async () => (await dequeued(bench)).length === 2);
  expect(await dequeued(bench)).toEqual([one, two].map(({ number }) => [`#${number}`, 'CI_TIMEOUT']));
  const last = (await bench.effects('merge_group.checks_requested')).at(-1);
  expect(last).toMatchObject({ subject: `#${two.number}`, details: { base: await bench.tip('main') } });
});

it('drops in time what it built before it was killed', async () => {
  const [one] = (await queued(bench, { check_response_timeout_minutes: 2 }, 'one')) as [PullView];
  await groupOf(bench, one.number);
  forge.process.kill('SIGKILL');
  const again = await startTestForge({ arguments: ARGUMENTS, dataDirectory: forge.dataDirectory });
  try {
    const watch = await workbench(again, { place: bench.place });
    await eventually('the request to be dropped', async () => (await dequeued(watch)).length > 0);
    expect(await dequeued(watch)).toEqual([[`#${one.number}`, 'CI_TIMEOUT']]);
    watch.dispose();
  } finally {
    await again.stop();
  }
});
