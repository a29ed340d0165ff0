// What people do in the very moment of a merge. The forge holds the call, or one of the reads before it, until they have done it; merges
// are counted in its list of effects.
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MergeOutcome } from '../../src/contracts/merge-lane.ts';
import { standsAt } from '../support/decisions.ts';
import { install, type Installation } from '../support/installation.ts';
import { createRequestWorld, helpful, type OpenRequest, type RequestWorld } from '../support/request-world.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let world: RequestWorld;
let here: Installation;

beforeAll(async () => {
  world = await createRequestWorld(helpful);
  here = await install({ modelUrl: world.model.url, env: world.env });
  await here.startWorker();
}, FIRST_RUN_MS);

afterAll(async () => {
  await world.end();
  await here.end();
});

const rest = (login: string) => world.forge.as(login).rest;
const stands = ({ id }: OpenRequest, rule: string): Promise<void> => standsAt(here.store, id, rule);

/** Lets nothing of ours by at this route of the repository; what is done within happens while the first call waits there. */
async function meanwhile(request: OpenRequest, route: string, deed: () => Promise<unknown>): Promise<void> {
  const { owner, repo } = request.place;
  const scope = { repository: `${owner}/${repo}`, actor: 'writer', count: 1 };
  const { id } = await world.forge.control<{ id: number }>('POST', '/_faults', {
    route,
    when: 'before',
    fault: { kind: 'hold' },
    ...scope,
  });
  await request.approve();
  await until(`a call of ${route} is held`, () => isHeld(id), 120);
  await deed();
  await world.forge.control('DELETE', `/_faults?id=${id}`);
}

const isHeld = async (id: number): Promise<boolean> =>
  (await world.forge.control<{ id: number; hits: number }[]>('GET', '/_faults')).some((fault) => fault.id === id && fault.hits > 0);

/** The same, between the lane's decision to merge and everything that it does for it, up to the call of `route`. */
async function whileTheLaneMerges(request: OpenRequest, route: string, deed: () => Promise<unknown>): Promise<void> {
  const [orders, held] = [join(here.data, 'kill-at'), join(here.data, 'held')];
  await rm(held, { force: true });
  await writeFile(orders, 'hold before mergeInLane merge\n');
  await request.approve();
  await until('the lane is about to merge', () => existsSync(held), 120);
  const { owner, repo } = request.place;
  const scope = { repository: `${owner}/${repo}`, actor: 'writer', count: 1 };
  const { id } = await world.forge.control<{ id: number }>('POST', '/_faults', {
    route,
    when: 'before',
    fault: { kind: 'hold' },
    ...scope,
  });
  await writeFile(orders, '');
  await until(`a call of ${route} is held`, () => isHeld(id), 60);
  await deed();
  await world.forge.control('DELETE', `/_faults?id=${id}`);
}

const merges = async ({ bench }: OpenRequest): Promise<string[]> => (await bench.effects('pull_request.merged')).map(({ actor }) => actor);
const outcome = (request: OpenRequest): Promise<MergeOutcome> =>
  until(
    'the lane has said what became of it',
    async () => (await here.store.merges.of({ request: request.id })).at(-1)?.outcome ?? undefined,
    60,
  );

async function ready(...parameters: Parameters<RequestWorld['open']> extends [unknown, ...infer Rest] ? Rest : never) {
  const request = await world.open(here, ...parameters);
  const owner = await request.own();
  await stands(request, 'approval-missing');
  return { request, owner };
}

describe('while the call that merges is on its way', () => {
  it('a person pushes: it is not merged, and the branch is theirs', async () => {
    const { request } = await ready();
    const { bench } = request;
    const branch = request.request.work.branch;
    await meanwhile(request, 'pulls/merge', () => bench.commit(branch, { 'by-hand.txt': 'By hand.\n' }, { login: 'owner' }));
    expect(await outcome(request)).toMatchObject({ state: 'refused' });
    await stands(request, 'person-has-pushed');
    expect(await merges(request)).toEqual([]);
  }, 240_000);

  it('the base moves: what it has got is kept; where it conflicts now, nothing is merged but after a new approval', async () => {
    const clean = await ready();
    await meanwhile(clean.request, 'pulls/merge', () => clean.request.bench.commit('main', { 'base.txt': 'Moved.\n' }, { login: 'owner' }));
    expect(await clean.owner.result()).toMatchObject({ outcome: 'merged' });
    expect(await merges(clean.request)).toEqual(['writer']);
    const { data: kept } = await rest('owner').repos.getContent({ ...clean.request.place, path: 'base.txt', ref: 'main' });
    expect(kept).toMatchObject({ type: 'file' });

    const { request, owner } = await ready();
    const before = await request.head();
    await meanwhile(request, 'pulls/merge', () => request.bench.commit('main', { 'change.txt': 'Theirs.\n' }, { login: 'owner' }));
    expect(await outcome(request)).toMatchObject({ state: 'refused' });
    await stands(request, 'approval-missing');
    expect(await merges(request)).toEqual([]);
    const head = await request.head();
    expect(head).not.toBe(before);
    await request.approve();
    expect(await owner.result()).toMatchObject({ outcome: 'merged', head });
    expect(await merges(request)).toEqual(['writer']);
  }, 240_000);

  it('a person merges: it is merged once, and known as theirs', async () => {
    const { request, owner } = await ready();
    const merge = { ...request.place, pull_number: request.number };
    await meanwhile(request, 'pulls/merge', () => rest('owner').pulls.merge(merge));
    expect(await owner.result()).toMatchObject({ outcome: 'merged' });
    expect(await outcome(request)).toMatchObject({ state: 'merged by others', by: 'owner' });
    expect(await merges(request)).toEqual(['owner']);
    expect(await here.store.merges.logged({ request: request.id })).toMatchObject({ how: 'other', by: 'owner', unmet: [] });
  }, 240_000);

  it('approval is withdrawn: protection that asks for it refuses, and the next approval merges', async () => {
    const { request, owner } = await ready();
    await rest('owner').repos.updateBranchProtection({
      ...request.place,
      branch: 'main',
      enforce_admins: true,
      restrictions: null,
      required_status_checks: null,
      required_pull_request_reviews: { required_approving_review_count: 1 },
    });
    await meanwhile(request, 'pulls/merge', () => dismiss(request));
    expect(await outcome(request)).toMatchObject({ state: 'refused' });
    await stands(request, 'approval-missing');
    expect(await merges(request)).toEqual([]);
    await request.approve();
    expect(await owner.result()).toMatchObject({ outcome: 'merged' });
    expect(await merges(request)).toEqual(['writer']);
  }, 240_000);

  it('another request of the repository is approved: it waits for its turn, and goes onto what the first one left', async () => {
    const { request: one, owner } = await ready();
    const other = await world.open(here, {
      beside: one,
      branch: 'signalbox/other',
      files: { 'change.txt': 'A change.\n', 'other.txt': 'Other.\n' },
    });
    const second = await other.own();
    await stands(other, 'approval-missing');
    await meanwhile(one, 'pulls/merge', async () => {
      await other.approve();
      await until('it wants to be merged', async () => (await here.store.merges.of({ request: other.id })).length === 1, 60);
      expect(await merges(one)).toEqual([]);
    });
    const [first, then] = [await owner.result(), await second.result()];
    expect([first, then]).toMatchObject([{ outcome: 'merged' }, { outcome: 'merged' }]);
    expect(await merges(one)).toEqual(['writer', 'writer']);
    const onto = await rest('owner').git.getCommit({ ...one.place, commit_sha: then.outcome === 'merged' ? (then.mergeSha ?? '') : '' });
    expect(onto.data.parents).toMatchObject([{ sha: first.outcome === 'merged' ? first.mergeSha : '' }]);
  }, 240_000);
});

const dismiss = async ({ place, number }: OpenRequest): Promise<void> => {
  const { data: reviews } = await rest('owner').pulls.listReviews({ ...place, pull_number: number });
  const review_id = reviews.findLast(({ state }) => state === 'APPROVED')?.id ?? 0;
  await rest('owner').pulls.dismissReview({ ...place, pull_number: number, review_id, message: 'Not yet.' });
};

describe('while the gates are read for the last time', () => {
  it('a person holds it, says that it must not be merged, or withdraws approval: it is not merged, though nothing of the forge would refuse', async () => {
    const held = await ready();
    await whileTheLaneMerges(held.request, 'pulls/list-files', () =>
      rest('owner').issues.addLabels({ ...held.request.place, issue_number: held.request.number, labels: ['hold'] }),
    );
    expect(await outcome(held.request)).toMatchObject({ state: 'refused', because: expect.stringContaining('"hold" holds it') });
    await stands(held.request, 'person-holds');
    expect(await merges(held.request)).toEqual([]);

    const stopped = await ready();
    const { place, number } = stopped.request;
    await whileTheLaneMerges(stopped.request, 'pulls/list-files', () =>
      rest('owner').issues.createComment({ ...place, issue_number: number, body: 'Please do not merge this yet.' }),
    );
    expect(await outcome(stopped.request)).toMatchObject({ state: 'refused', because: expect.stringContaining('owner wants it stopped') });
    await stands(stopped.request, 'comment-blocks');
    expect(await merges(stopped.request)).toEqual([]);
    const said = (await here.store.outbox.askedBy({ workflow: stopped.request.id })).find(({ id }) => id.startsWith('blocker/'));
    await here.store.outbox.answer({ item: said?.id ?? '', verdict: 'confirm', by: 'ann' });
    await stopped.owner.look();
    expect(await stopped.owner.result()).toMatchObject({ outcome: 'merged' });

    const { request, owner } = await ready();
    await whileTheLaneMerges(request, 'pulls/list-files', () => dismiss(request));
    expect(await outcome(request)).toMatchObject({ state: 'refused', because: expect.stringContaining('No person who may write') });
    await stands(request, 'approval-missing');
    expect(await merges(request)).toEqual([]);
    await request.approve();
    expect(await owner.result()).toMatchObject({ outcome: 'merged' });
    expect(await merges(request)).toEqual(['writer']);
  }, 240_000);
});
