// What every forge has to hold that Signalbox works on, over its own protocol: each method of the provider, in words that are the same for all,
// on what is there, on what is gone, and where we may not; and what effects rely on when they are done again. A forge is tried by one short file
// that starts it (github.test.ts) and a stage of its own (stage.ts).
import { afterAll, beforeAll, describe } from '@jest/globals';
import { changes } from './forge/changes.ts';
import { checks } from './forge/checks.ts';
import { endings } from './forge/endings.ts';
import { requestFacts } from './forge/facts.ts';
import { issues } from './forge/issues.ts';
import { queue } from './forge/queue.ts';
import { repositories } from './forge/repositories.ts';
import { requests } from './forge/requests.ts';
import { talk } from './forge/talk.ts';
import { tried } from './forge/tried.ts';
import type { ForgeUnderTest } from './stage.ts';

export function forgeConforms(name: string, start: () => Promise<ForgeUnderTest>): void {
  describe(`${name} as a forge`, () => {
    const t = tried();
    beforeAll(async () => {
      t.world = await start();
      t.forge = t.world.forge()();
    }, 60_000);
    afterAll(() => t.world.end());

    for (const part of [repositories, issues, requestFacts, talk, requests, checks, queue, changes, endings]) part(t);
  });
}
