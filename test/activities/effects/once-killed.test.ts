// Workers are killed with SIGKILL, or sleep too long, at every point of an effect; what was done is counted in the world outside.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EffectClass } from '../../../src/contracts/effect.ts';
import { openStore } from '../../../src/store/open.ts';
import { allEnded, attemptHere, start, timesDone, type Job, type Point } from './attempts.ts';
import { World } from './world.ts';

/** "sent" is seen from outside: the world has applied the effect and not answered yet. */
const POINTS: readonly (Point | 'sent')[] = ['before the claim', 'claimed', 'sent', 'acted', 'recorded'];
const CLASSES: readonly EffectClass[] = ['guarded', 'convergent', 'marked', 'unprobeable'];

let directory: string;
let world: World;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-once-'));
  world = await World.start();
});
afterEach(async () => {
  await allEnded();
  await world.stop();
  await rm(directory, { recursive: true });
});

async function jobOf(effectClass: EffectClass, leaseMarginMs: number): Promise<Job> {
  const path = join(directory, 'store.db');
  await (await openStore({ path, migrate: true })).close();
  return { path, key: 'task/1/effect', effectClass, target: { url: world.url, name: 'x', deadlineMs: 2000 }, leaseMarginMs };
}

describe.each(CLASSES)('a %s effect whose worker is killed', (effectClass) => {
  it.each(POINTS)('%s: is done as its class promises, without waiting for the lease', async (point) => {
    const job = await jobOf(effectClass, 120_000);
    const killed = start(point === 'sent' ? job : { ...job, stopAt: point });
    await (point === 'sent' ? world.nextUnanswered() : killed.reached);
    await killed.kill();
    expect(await attemptHere(job)).toMatchObject({ state: 'done' });

    const mayHaveActedTwice = effectClass === 'unprobeable' && (point === 'sent' || point === 'acted');
    expect(timesDone(world, effectClass)).toBe(mayHaveActedTwice ? 2 : 1);
    expect(new Set(world.messages.map((message) => message.key)).size).toBe(effectClass === 'unprobeable' ? 1 : 0);
  });
});

describe.each<EffectClass>(['marked', 'unprobeable'])('a %s effect', (effectClass) => {
  it('is not done by an attempt that slept over its lease after the claim', async () => {
    const job = await jobOf(effectClass, 200);
    const sleeper = start({ ...job, stopAt: 'claimed' });
    await sleeper.reached;
    const outcome = await attemptHere(job);
    expect(world.writes).toBe(1);
    sleeper.goOn();
    expect(await sleeper.outcome).toEqual(outcome);
    expect(world.writes).toBe(1);
  });

  it('has one outcome for all, also for an attempt that records it after another did', async () => {
    const job = await jobOf(effectClass, 200);
    const sleeper = start({ ...job, stopAt: 'acted' });
    await sleeper.reached;
    const outcome = await attemptHere(job);
    sleeper.goOn();
    expect(await sleeper.outcome).toEqual(outcome);
  });
});

it('an effect is done once by several processes that want it at once', async () => {
  const job = await jobOf('unprobeable', 200);
  const outcomes = await Promise.all([start(job).outcome, start(job).outcome, attemptHere(job)]);
  expect(outcomes).toEqual([outcomes[0], outcomes[0], outcomes[0]]);
  expect(world.writes).toBe(1);
});
