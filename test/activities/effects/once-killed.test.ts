// Workers are killed with SIGKILL, or sleep too long, at every point of an effect; what was done is counted in the world outside.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EffectClass } from '../../../src/contracts/effect.ts';
import { openStore } from '../../../src/store/open.ts';
import { allEnded, start, timesDone, type Job, type Point } from './attempts.ts';
import { World } from './world.ts';

/** "sent" is seen from outside: the world has applied the effect and not answered yet. */
const POINTS: readonly (Point | 'sent')[] = ['before the claim', 'claimed', 'sent', 'acted', 'recorded'];

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-once-'));
});
afterAll(() => rm(directory, { recursive: true }));

describe.each<EffectClass>(['guarded', 'convergent', 'marked', 'unprobeable'])('a %s effect', (effectClass) => {
  let world: World;
  let job: Job;
  beforeEach(async () => {
    world = await World.start();
    const path = join(directory, `${new URL(world.url).port}.db`);
    await (await openStore({ path, migrate: true })).close();
    job = { path, key: 'task/1/effect', effectClass, target: { url: world.url, name: 'x', deadlineMs: 1000 }, leaseMarginMs: 200 };
  });
  afterEach(async () => {
    await allEnded();
    await world.stop();
  });

  it.each(POINTS)('whose worker is killed when it is at "%s" is done as its class promises', async (point) => {
    if (point === 'sent') await killedWhenSent();
    else {
      const killed = start({ ...job, stopAt: point });
      await killed.reached;
      await killed.kill();
    }
    expect(await start(job).outcome).toMatchObject({ state: 'done' });

    const mayHaveActedTwice = effectClass === 'unprobeable' && (point === 'sent' || point === 'acted');
    expect(timesDone(world, effectClass)).toBe(mayHaveActedTwice ? 2 : 1);
    expect(new Set(world.messages.map((message) => message.key)).size).toBe(effectClass === 'unprobeable' ? 1 : 0);
  });

  async function killedWhenSent(): Promise<void> {
    const applied = Promise.withResolvers<undefined>();
    world.onApplied = () => {
      applied.resolve(undefined);
      return new Promise(() => undefined);
    };
    const killed = start(job);
    await applied.promise;
    await killed.kill();
    world.onApplied = async () => undefined;
  }

  it('is not done by an attempt that slept over its lease after the claim', async () => {
    const sleeper = start({ ...job, stopAt: 'claimed' });
    await sleeper.reached;
    const outcome = await start(job).outcome;
    expect(world.writes).toBe(1);
    sleeper.goOn();
    expect(await sleeper.outcome).toEqual(outcome);
    expect(world.writes).toBe(1);
  });

  it('has one outcome for all, also for an attempt that records it after another did', async () => {
    const sleeper = start({ ...job, stopAt: 'acted' });
    await sleeper.reached;
    const outcome = await start(job).outcome;
    sleeper.goOn();
    expect(await sleeper.outcome).toEqual(outcome);
  });

  it('is done once by several processes that want it at once', async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => start(job).outcome));
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(world.writes).toBe(1);
  });
});
