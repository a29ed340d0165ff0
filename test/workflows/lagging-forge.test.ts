// Requests on a forge that shows what is two seconds old, loses webhooks and sends them twice and in any order: what the owner of a request has
// seen, the merge lane may not see yet, and that is no reason to give up.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rulesOf, standsAt } from '../support/decisions.ts';
import { install, type Installation } from '../support/installation.ts';
import { createRequestWorld, helpful, type RequestWorld } from '../support/request-world.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';

let world: RequestWorld;
let here: Installation;

beforeAll(async () => {
  world = await createRequestWorld(helpful, { delayed: true });
  here = await install({ modelUrl: world.model.url, env: { ...world.env, SIGNALBOX_FORGE_LAG_SECONDS: String(LAG_SECONDS) } });
  await here.startWorker();
}, FIRST_RUN_MS);

afterAll(async () => {
  await world.end();
  await here.end();
});

/** Longer than the forge's lists lag. */
const LAG_SECONDS = 3;
/** Enough that a lane that is shown less than an owner is met. */
const REQUESTS = 6;
/** In place of the poll behind the webhooks, which looks less often. */
const POLL_MS = 15_000;

describe('a forge that lags', () => {
  it('is not taken for one that refuses: each request is merged once, soon after its approval, and nobody is asked', async () => {
    const requests = await Promise.all(Array.from({ length: REQUESTS }, () => world.open(here)));
    const merged = requests.map(async (request) => {
      const owner = await request.own();
      await standsAt(here.store, request.id, 'approval-missing');
      await request.approve();
      const poll = setInterval(() => here.inBackground(owner.look()), POLL_MS);
      return owner.result().finally(() => clearInterval(poll));
    });
    expect(await Promise.all(merged)).toEqual(Array(REQUESTS).fill(expect.objectContaining({ outcome: 'merged' })));
    for (const { id, bench } of requests) {
      expect(await bench.effects('pull_request.merged')).toHaveLength(1);
      expect(await rulesOf(here.store, id)).not.toContain('merge-refused');
      expect(await here.store.outbox.waiting({ askedBy: id })).toEqual([]);
      // What was refused is wished for again only when the lists must have caught up.
      const wishes = await here.store.merges.of({ request: id });
      const pauses = wishes.slice(1).map(({ at }, before) => at - (wishes[before]?.settledAt ?? at));
      expect(pauses.filter((pause) => pause < LAG_SECONDS * 1000)).toEqual([]);
    }
  }, 240_000);
});
