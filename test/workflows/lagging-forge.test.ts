// Requests on a forge that shows what is two seconds old, loses webhooks and sends them twice and in any order: what the owner of a request has
// seen, the merge lane may not see yet, and that is no reason to give up.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rulesOf, standsAt } from '../support/decisions.ts';
import { install, type Installation } from '../support/installation.ts';
import { createRequestWorld, helpful, type RequestWorld } from '../support/request-world.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

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

  it('is looked at again for a comment that it has shown before: whoever is to answer it is told of it', async () => {
    const orders = join(here.data, 'kill-at');
    const request = await world.open(here);
    const owner = await request.own();
    await standsAt(here.store, request.id, 'approval-missing');
    await writeFile(orders, 'hold before prepareForMergeRequest session');
    const { place, number } = request;
    const at = { commit_id: await request.head(), path: 'change.txt', line: 1 };
    const commented = Date.now();
    await world.forge.as('owner').rest.pulls.createReviewComment({ ...place, pull_number: number, ...at, body: 'Please write down why.' });
    const look = setInterval(() => here.inBackground(owner.look()), 1_000); // the forge may not show it yet
    await until('it is about to be answered', async () => (await readFile(join(here.data, 'orders-met'), 'utf8')) !== '', 60);
    clearInterval(look);
    const stale = { kind: 'stale', ms: Date.now() - commented + 1_000 };
    await world.forge.control('POST', '/_faults', { route: 'graphql', when: 'before', fault: stale, count: 1 });
    await rm(orders);

    const answering = (): string[] =>
      world.model
        .requests()
        .map(({ messages }) => JSON.stringify(messages))
        .filter((all) => all.includes('Answer these comments.'));
    await until('somebody is to answer it', () => answering().length > 0, 60);
    expect(answering()[0]).toContain('Please write down why.');
  }, 240_000);
});
