// What the owner of a request does when nothing happens: it reminds, and after the merge it watches what becomes of it. Hours and days are
// settings.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { why } from '../../src/client/why.ts';
import { standsAt } from '../support/decisions.ts';
import { install, type Installation } from '../support/installation.ts';
import { keepWorkers } from '../support/keep-alive.ts';
import { createRequestWorld, helpful, type OpenRequest, type RequestWorld } from '../support/request-world.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let world: RequestWorld;
let here: Installation;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  world = await createRequestWorld(helpful);
  here = await install({ modelUrl: world.model.url, env: world.env });
  ends.push(await keepWorkers(here, 1, { SIGNALBOX_REMIND_REVIEWER_HOURS: '0.0005', SIGNALBOX_TRACK_DAYS: '30' }));
}, FIRST_RUN_MS);

afterAll(async () => {
  for (const end of ends) await end();
  await world.end();
  await here.end();
});

const rest = (login: string) => world.forge.as(login).rest;
const comments = async ({ place, number }: OpenRequest): Promise<string[]> => {
  const { data } = await rest('owner').issues.listComments({ ...place, issue_number: number });
  return data.filter(({ user }) => user?.login === 'writer').map(({ body }) => body ?? '');
};

describe('the owner of a merge request', () => {
  it('goes on with a request that was closed and opened again, whose branch and worktree were kept', async () => {
    const request = await world.open(here);
    const { place, number, bench } = request;
    const owner = await request.own();
    const stands = (rule: string) => standsAt(here.store, request.id, rule, 60);
    await stands('approval-missing');
    for (let closing = 1; closing <= 2; closing++) {
      const { data } = await rest('owner').pulls.update({ ...place, pull_number: number, state: 'closed' });
      await stands('closed-watched');
      expect((await comments(request)).filter((body) => body.includes('Opened again, it goes on.'))).toHaveLength(closing);
      expect(await here.store.outbox.waiting({ askedBy: request.id })).toEqual([]);
      await rest('owner').pulls.update({ ...place, pull_number: number, state: 'open' });
      await stands('approval-missing');
      // The forge names a closing by its second, and two in one second are one.
      await until('another second has begun', () => Date.now() >= Date.parse(data.closed_at ?? '') + 1_000);
    }
    // Whoever waited was told of the first end alone.
    expect(await here.store.mail.take({ address: request.request.tell ?? '' })).toMatchObject([{ body: { outcome: 'closed' } }]);
    expect(await bench.tip(request.request.work.branch)).toBe(request.request.head);
    await rest('owner').pulls.update({ ...place, pull_number: number, title: 'Done otherwise' });
    await until(
      'the title was noticed',
      async () => (await why(here.store, request.id, 5)).some(({ seen }) => seen.includes('title: Done otherwise')),
      60,
    );
    await request.approve();
    await stands('merge-watched');
    expect((await bench.pull(number)).title).toBe('Done otherwise');
    expect(await here.store.mail.take({ address: request.request.tell ?? '' })).toHaveLength(1);
    await owner.look();
  }, 240_000);

  it('reminds a few times of what it waits for, tells the outbox, and watches what becomes of the merge until its time is over', async () => {
    const request = await world.open(here);
    const { place, number, bench } = request;
    const around = ['say', 'conclude', 'aftermath'].flatMap((kind) =>
      ['before', 'after'].map((when) => `worker ${when} actOnMergeRequest ${kind}`),
    );
    await writeFile(join(here.data, 'kill-at'), around.join('\n'));
    const owner = await request.own();
    const notices = async (): Promise<string[]> =>
      (await here.store.outbox.waiting({})).filter(({ accepts }) => accepts.length === 0).map(({ question }) => question);
    let looked = 0;
    await until(
      'the outbox has it',
      async () => {
        // What is due is seen by the next look; more of them than it can take would only keep it busy.
        if (Date.now() - looked > 500) {
          looked = Date.now();
          await owner.look();
        }
        return (await notices()).some((question) => question.includes('still waits for a review, after 2 reminders'));
      },
      180,
    );
    const reminders = (await comments(request)).filter((body) => body.startsWith('Reminder'));
    expect(reminders.map((body) => body.slice(0, 15))).toEqual(['Reminder 1 of 2', 'Reminder 2 of 2']);

    await request.approve();
    const { merge_commit_sha: sha } = await until(
      'it is merged',
      async () => {
        const pull = await bench.pull(number);
        return pull.merged && pull;
      },
      60,
    );
    // Whoever waits for the merge is told, while its owner lives on.
    await until('the task is told', async () => (await here.store.mail.take({ address: request.request.tell ?? '' })).length === 1, 60);
    expect(await notices()).toEqual([]);
    await rest('reader').issues.create({ ...place, title: 'Odd', body: `Since #${number}, which this is no bug of.` });
    await rest('owner').issues.create({ ...place, title: 'It is broken', body: `Since #${number}.`, labels: ['bug'] });
    await bench.commit('main', { 'change.txt': null }, { login: 'owner', message: `Revert "Do it"\n\nThis reverts commit ${sha}.` });
    await until('both are told', async () => (await notices()).length === 2, 60);
    expect(await here.store.merges.aftermathOf({ request: request.id })).toMatchObject([
      { kind: 'bug', title: 'It is broken', by: 'owner' },
      { kind: 'reverted', title: 'Revert "Do it"' },
    ]);
    expect(await notices()).toMatchObject([expect.stringContaining('now bug: #'), expect.stringContaining('now reverted: ')]);
    await owner.look();
    expect((await here.client.workflow.getHandle(request.id).describe()).status.name).toBe('RUNNING');

    expect(await readFile(join(here.data, 'kill-at'), 'utf8')).toBe('');

    await ends.pop()?.();
    ends.push(await keepWorkers(here, 1, { SIGNALBOX_TRACK_DAYS: '0.0000001' }));
    await owner.look();
    expect(await owner.result()).toMatchObject({ outcome: 'merged' });
    expect(await notices()).toHaveLength(2);
    expect(await here.store.mail.take({ address: request.request.tell ?? '' })).toHaveLength(1);
  }, 360_000);
});
