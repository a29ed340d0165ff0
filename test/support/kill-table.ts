// A table of kills that is cheap: stories run side by side, each to a point of its own; then one kill of each kind meets them all there, and
// they go on to their next points. Killed workers come back to the same points, because nobody has heard that these activities are done.
import { existsSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Installation } from './installation.ts';
import type { KeptInstallation } from './kept-installation.ts';
import { until } from './until.ts';

type Victims = 'workers' | 'both' | 'server';
/** The server comes last: its death alone gives nobody's activity to another worker. */
const EACH_WAY: readonly Victims[] = ['workers', 'both', 'server'];
/** Half as many kills: the server dies with the workers at the points of every second round, and alone after them at the others. */
const BY_TURNS = (round: number): readonly Victims[] => (round % 2 === 0 ? ['workers', 'server'] : ['both']);

/**
 * Every story's points are as `worker.ts` names them, in the order in which the story passes them. Returns when each story has been killed at
 * all of its points; then they go on undisturbed.
 * @param start what sets the stories going, once the first points are guarded
 * @param byTurns where the stories are many and long
 */
export async function killAtEach(
  { here, server }: Pick<KeptInstallation, 'here' | 'server'>,
  stories: readonly (readonly string[])[],
  start: () => Promise<unknown>,
  { byTurns = false }: { readonly byTurns?: boolean } = {},
): Promise<void> {
  const orders = join(here.data, 'kill-at');
  for (let round = 0; round < Math.max(...stories.map(({ length }) => length)); round++) {
    const points = stories.flatMap((story) => story.slice(round, round + 1));
    const before = timesHeld(here);
    await writeFile(`${orders}.next`, points.map((point) => `hold ${point}`).join('\n'));
    await rename(`${orders}.next`, orders); // at once: a worker may be reading
    if (round === 0) await start();
    await untilHeld(here, points, before);
    const victims = byTurns ? BY_TURNS(round) : EACH_WAY;
    for (const [at, who] of victims.entries()) {
      const now = timesHeld(here);
      const workers = who === 'server' ? [] : here.workers().map((worker) => worker.kill());
      await Promise.all([...workers, ...(who === 'workers' ? [] : [server.kill()])]);
      if (at < victims.length - 1) await untilHeld(here, points, now);
    }
  }
  await rm(orders);
}

const untilHeld = (here: Installation, points: readonly string[], before: ReadonlyMap<string, number>): Promise<true> => {
  const missing = (): string[] => {
    const now = timesHeld(here);
    return points.filter((point) => (now.get(point) ?? 0) <= (before.get(point) ?? 0));
  };
  return until(`the stories are at ${points.join(', ')}`, () => missing().length === 0, 240).catch((error: unknown) => {
    throw new Error(`not reached: ${missing().join(', ')}`, { cause: error });
  });
};

function timesHeld(here: Installation): ReadonlyMap<string, number> {
  const file = join(here.data, 'orders-met');
  const times = new Map<string, number>();
  for (const point of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) times.set(point, (times.get(point) ?? 0) + 1);
  return times;
}
