// Workers are killed with SIGKILL at every point of an effect; what was done is counted in the world outside.
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EffectClass } from '../../../src/contracts/effect.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Job, Point } from './attempt.ts';
import { US } from './effects.ts';
import { World } from './world.ts';

const PROGRAM = fileURLToPath(new URL('./attempt.ts', import.meta.url));
/** "sent" is seen from outside: the world has applied the effect and not answered yet. */
const POINTS: readonly (Point | 'sent')[] = ['before the claim', 'claimed', 'sent', 'acted', 'recorded'];
const key = 'task/1/effect';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-once-'));
});
afterAll(() => rm(directory, { recursive: true }));

describe.each<EffectClass>(['guarded', 'convergent', 'marked', 'unprobeable'])('a %s effect', (effectClass) => {
  it.each(POINTS)('whose worker is killed when it is at "%s" is done as its class promises', async (point) => {
    const world = await World.start();
    const path = join(directory, `${effectClass} ${point}.db`);
    await (await openStore({ path, migrate: true })).close();
    const job: Job = { path, key, effectClass, target: { url: world.url, name: 'x', deadlineMs: 1000 }, leaseMarginMs: 200 };

    await killAt(point, job, world);
    world.onApplied = async () => undefined;
    const outcome = await outcomeOf(job);

    expect(outcome).toMatchObject({ state: 'done' });
    const mayHaveActedTwice = effectClass === 'unprobeable' && (point === 'sent' || point === 'acted');
    expect(timesDone(world, effectClass)).toBe(mayHaveActedTwice ? 2 : 1);
    expect(new Set(world.messages.map((message) => message.key)).size).toBe(effectClass === 'unprobeable' ? 1 : 0);
    await world.stop();
  });
});

/** Runs an attempt until the point, and kills it there. */
async function killAt(point: Point | 'sent', job: Job, world: World): Promise<void> {
  const child = start(point === 'sent' ? job : { ...job, stopAt: point });
  const reached =
    point === 'sent'
      ? new Promise<void>((resolve) => {
          world.onApplied = () => {
            resolve();
            return new Promise(() => undefined);
          };
        })
      : said(child, 'reached');
  await reached;
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
}

async function outcomeOf(job: Job): Promise<unknown> {
  const child = start(job);
  const [outcome] = await Promise.all([said(child, 'outcome'), new Promise((resolve) => child.once('exit', resolve))]);
  return outcome;
}

const start = (job: Job): ChildProcess => fork(PROGRAM, [JSON.stringify(job)], { execArgv: [] });

function said(child: ChildProcess, what: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: Record<string, unknown>) => {
      if (what in message) resolve(message[what]);
    });
    child.once('exit', (code) => {
      reject(new Error(`the attempt ended with ${code} before it said "${what}"`));
    });
  });
}

function timesDone(world: World, effectClass: EffectClass): number {
  switch (effectClass) {
    case 'guarded':
      return world.merges.length;
    case 'convergent':
      return world.labels.get('x') === 'set' ? world.labels.size : 0;
    case 'marked':
      return world.comments.filter(({ author }) => author === US).length;
    case 'unprobeable':
      return world.messages.length;
  }
}
