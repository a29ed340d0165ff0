// A worker is killed with SIGKILL, or sleeps too long, at every point of an effect of every class; what was done is counted in the world
// outside. One process is at all the points at once.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EffectClass } from '../../../src/contracts/effect.ts';
import { openStore } from '../../../src/store/open.ts';
import { allEnded, attemptHere, start, timesDone, type Job, type Point } from './attempts.ts';
import { World } from './world.ts';

/** "sent" is seen from outside: the world has applied the effect and not answered yet. */
const POINTS: readonly (Point | 'sent')[] = ['before the claim', 'claimed', 'sent', 'acted', 'recorded'];
const CLASSES: readonly EffectClass[] = ['guarded', 'convergent', 'marked', 'unprobeable'];

let directory: string;
let path: string;
let world: World;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-once-'));
  path = join(directory, 'store.db');
  await (await openStore({ path, migrate: true })).close();
  world = await World.start();
});
afterAll(async () => {
  await allEnded();
  await world.stop();
  await rm(directory, { recursive: true });
});

/** Longer than it takes until who was kept away looks again. */
const HIDDEN_MS = 1_500;

const jobOf = (effectClass: EffectClass, name: string, leaseMarginMs: number, hiddenMs = 0): Job => ({
  path,
  key: `task/1/${name}`,
  effectClass,
  leaseMarginMs,
  target: { url: world.url, name, deadlineMs: 2000, hiddenMs },
});

describe('an effect whose worker is killed', () => {
  const table = CLASSES.flatMap((effectClass) =>
    POINTS.map((point) => ({ effectClass, point, name: `${effectClass}-${point}`.replaceAll(' ', '-') })),
  );
  const jobs = new Map<string, Job>();
  let outcomes: unknown[];
  beforeAll(async () => {
    for (const { effectClass, name, point } of table)
      jobs.set(name, { ...jobOf(effectClass, name, 120_000, HIDDEN_MS), ...(point === 'sent' ? {} : { stopAt: point }) });
    const sent = table.filter(({ point }) => point === 'sent').map(({ name }) => world.unanswered(name));
    const killed = start([...jobs.values()]);
    await Promise.all([...sent, ...[...jobs.values()].filter(({ stopAt }) => stopAt !== undefined).map(({ key }) => killed.reached(key))]);
    await killed.kill();
    outcomes = await attemptHere([...jobs.values()]);
  }, 60_000);

  it.each(table)('is done as its class promises, without waiting for the lease: $effectClass, $point', ({ effectClass, point, name }) => {
    const at = [...jobs.keys()].indexOf(name);
    expect(outcomes[at]).toMatchObject({ state: 'done' });
    const mayHaveActedTwice = effectClass === 'unprobeable' && (point === 'sent' || point === 'acted');
    expect(timesDone(world, jobs.get(name)!)).toBe(mayHaveActedTwice ? 2 : 1);
    expect(new Set(world.messages.filter(({ text }) => text === name).map(({ key }) => key)).size).toBe(
      effectClass === 'unprobeable' ? 1 : 0,
    );
  });
});

it('an effect is neither done nor recorded anew by an attempt that slept over its lease: it has one outcome for all', async () => {
  const jobs = (['claimed', 'acted'] as const).flatMap((stopAt) =>
    (['marked', 'unprobeable'] as const).map((effectClass) => ({ ...jobOf(effectClass, `${effectClass}-slept-${stopAt}`, 200), stopAt })),
  );
  const sleeper = start(jobs);
  await Promise.all(jobs.map(({ key }) => sleeper.reached(key)));
  const outcomes = await attemptHere(jobs);
  const done = (): number[] => jobs.map((job) => timesDone(world, job));
  // Nobody can look whether an unprobeable one was done, so it may come again with the same mark.
  expect(done()).toEqual([1, 1, 1, 2]);
  sleeper.goOn();
  expect(await Promise.all(jobs.map(({ key }) => sleeper.outcome(key)))).toEqual(outcomes);
  expect(done()).toEqual([1, 1, 1, 2]);
}, 60_000);

it('an effect is done once by several processes that want it at once', async () => {
  const job = jobOf('unprobeable', 'wanted-by-many', 200);
  const outcomes = await Promise.all([
    start([job]).outcome(job.key),
    start([job]).outcome(job.key),
    attemptHere([job]).then(([one]) => one),
  ]);
  expect(outcomes).toEqual([outcomes[0], outcomes[0], outcomes[0]]);
  expect(timesDone(world, job)).toBe(1);
}, 60_000);
