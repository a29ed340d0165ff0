// What the owner of a request does when its base moves, on real parts: git where it can, a session where that is not enough, a person
// where neither is. Whose commits a push leaves behind is read from the forge's list of effects.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answer } from '../../src/client/answer.ts';
import { rulesOf as rulesIn, standsAt } from '../support/decisions.ts';
import { install, type Installation } from '../support/installation.ts';
import { createRequestWorld, helpful, type OpenRequest, type RequestWorld } from '../support/request-world.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let world: RequestWorld;
let here: Installation;
const opened: OpenRequest[] = [];

beforeAll(async () => {
  world = await createRequestWorld(helpful);
  here = await install({ modelUrl: world.model.url, env: world.env });
  await here.startWorker();
}, FIRST_RUN_MS);

/** No push of ours has ever left a commit of somebody else behind. */
afterAll(async () => {
  for (const { bench } of opened) {
    const moves = (await bench.effects('ref.updated')).map(({ actor, details }) => ({ actor, ...details }) as Move);
    const ours = moves.filter(({ actor, forced }) => actor === 'writer' && forced);
    for (const { before } of ours) expect(moves.find(({ after, actor }) => after === before && actor !== 'writer')).toBeUndefined();
  }
});

afterAll(async () => {
  await world.end();
  await here.end();
});

interface Move {
  readonly actor: string;
  readonly before: string;
  readonly after: string;
  readonly forced: boolean;
}

async function open(...parameters: Parameters<RequestWorld['open']> extends [unknown, ...infer Rest] ? Rest : never): Promise<OpenRequest> {
  const request = await world.open(here, ...parameters);
  opened.push(request);
  return request;
}

const rest = (login: string) => world.forge.as(login).rest;
const rulesOf = ({ id }: OpenRequest): Promise<string[]> => rulesIn(here.store, id);
const stands = ({ id }: OpenRequest, rule: string): Promise<void> => standsAt(here.store, id, rule);
/** Moves of the request's branch by us since it was opened: whether each left something behind. */
const pushes = async ({ bench, request }: OpenRequest): Promise<boolean[]> =>
  (await bench.effects('ref.updated'))
    .filter(({ actor, subject }) => actor === 'writer' && subject === `refs/heads/${request.work.branch}`)
    .map(({ details }) => details?.['forced'] === true);
const parentsOf = async ({ place }: OpenRequest, ref: string): Promise<string[]> =>
  (await rest('owner').git.getCommit({ ...place, commit_sha: ref })).data.parents.map(({ sha }) => sha);
const goesOn = (request: OpenRequest, head: string): Promise<unknown> =>
  until('it may go on', async () => {
    const item = `go-on/${request.id}/${head}`;
    return (await answer(here, { item, verdict: 'approve', by: 'ann', about: head })).state === 'accepted';
  });

describe('when the base of a request moves', () => {
  it.concurrent(
    'puts a branch of ours on top of it where protection wants that, and has it reviewed, tested and approved again',
    async () => {
      const request = await open();
      const { place, bench } = request;
      const base = await bench.commit('main', { 'base.txt': 'Moved.\n' }, { login: 'owner' });
      await rest('owner').repos.updateBranchProtection({
        ...place,
        branch: 'main',
        enforce_admins: true,
        restrictions: null,
        required_pull_request_reviews: null,
        required_status_checks: { strict: true, contexts: ['ci'] },
      });
      const green = (sha: string) => rest('writer').repos.createCommitStatus({ ...place, sha, state: 'success', context: 'ci' });
      await green(request.request.head);
      await request.approve();
      const owner = await request.own();
      const head = await until(
        'it is rebased',
        async () => {
          const now = await request.head();
          return now !== request.request.head && now;
        },
        60,
      );
      expect(await parentsOf(request, head)).toEqual([base]);
      expect(await pushes(request)).toEqual([true]);
      await stands(request, 'not-known-yet');
      await green(head);
      // What was approved was another tree.
      await stands(request, 'approval-missing');
      const rules = await rulesOf(request);
      expect(rules.filter((rule) => rule === 'not-reviewed')).toHaveLength(1);
      expect(rules.filter((rule) => rule === 'behind-base')).toHaveLength(1);
      await request.approve();
      expect(await owner.result()).toMatchObject({ outcome: 'merged', head });
    },
    240_000,
  );

  it.concurrent(
    'has a session resolve what git could not decide; the merge of both is reviewed like any change',
    async () => {
      const request = await open();
      const { bench } = request;
      const base = await bench.commit('main', { 'change.txt': 'Another change.\n' }, { login: 'owner' });
      const owner = await request.own();
      await stands(request, 'approval-missing');
      const head = await request.head();
      expect(await parentsOf(request, head)).toEqual([request.request.head, base]);
      expect(await pushes(request)).toEqual([false]);
      expect(await bench.git('fetch', '-q', 'origin', head).then(() => bench.git('show', `${head}:change.txt`))).toBe(
        'A change.\nAnother change.',
      );
      const rules = await rulesOf(request);
      for (const rule of ['base-conflicts', 'conflict-to-resolve', 'not-reviewed'])
        expect(rules.filter((one) => one === rule)).toHaveLength(1);
      await request.approve();
      expect(await owner.result()).toMatchObject({ outcome: 'merged', head });
    },
    240_000,
  );

  it.concurrent(
    'asks a person where no session can resolve it, and from then on the branch is theirs',
    async () => {
      const request = await open();
      const { bench, place, number } = request;
      await bench.commit('main', { 'change.txt': 'You can have this or that, not both.\n' }, { login: 'owner' });
      const owner = await request.own();
      await stands(request, 'conflict-unresolved');
      expect(await bench.tip(request.request.work.branch)).toBe(request.request.head);
      const [asked] = await here.store.outbox.waiting({ askedBy: request.id });
      expect(asked?.question).toContain('conflicts with main in change.txt');
      // They take a part of it in, and it conflicts still.
      const theirs = await bench.commit(request.request.work.branch, { 'by-hand.txt': 'By hand.\n' }, { login: 'owner' });
      await stands(request, 'person-has-pushed');
      await rest('owner').issues.createComment({ ...place, issue_number: number, body: 'Looking at it.' });
      await stands(request, 'person-has-pushed');
      expect(await bench.tip(request.request.work.branch)).toBe(theirs);
      // They say that it may go on: nothing that they have pushed is left behind.
      await bench.commit('main', { 'change.txt': 'A change by others.\n' }, { login: 'owner' });
      await goesOn(request, theirs);
      await stands(request, 'approval-missing');
      const head = await request.head();
      expect((await pushes(request)).every((forced) => !forced)).toBe(true);
      const { data: commits } = await rest('owner').pulls.listCommits({ ...place, pull_number: number });
      expect(commits.map(({ sha }) => sha)).toContain(theirs);
      await request.approve();
      expect(await owner.result()).toMatchObject({ outcome: 'merged', head });
    },
    240_000,
  );
});

describe('when a request is merged that another one stands on', () => {
  it.concurrent(
    'sends that one on to the base, and puts it on top of what was merged, before the branch goes',
    async () => {
      const one = await open();
      const { branch } = one.request.work;
      const files = { 'change.txt': 'A change, and more of it.\n' };
      const other = await open({ beside: one, branch: 'signalbox/on-top', base: branch, files });
      const [owner, next] = [await one.own(), await other.own()];
      await stands(one, 'approval-missing');
      await stands(other, 'approval-missing');
      await one.approve();
      const merged = await owner.result();
      expect(merged).toMatchObject({ outcome: 'merged' });
      expect(await one.bench.tip(branch)).toBe('');

      // Squashed, the first would conflict with the second; only what is new of that is left.
      await until('it is on top', async () => (await other.head()) !== other.request.head, 120);
      await stands(other, 'approval-missing');
      const head = await other.head();
      expect(await parentsOf(other, head)).toEqual([merged.outcome === 'merged' ? merged.mergeSha : '']);
      expect(await other.bench.pull(other.number)).toMatchObject({ state: 'open', base: { ref: 'main' }, commits: 1 });
      const rules = await rulesOf(one);
      for (const rule of ['downstream-on-the-branch', 'branch-still-there']) expect(rules.filter((seen) => seen === rule)).toHaveLength(1);
      await other.approve();
      expect(await next.result()).toMatchObject({ outcome: 'merged', head });
    },
    240_000,
  );
});

describe('a person who sets the branch back to an older commit of ours', () => {
  it.concurrent(
    'has the branch to themselves, and is not waited for as if the forge lagged',
    async () => {
      const request = await open();
      const { place, number, bench } = request;
      await rest('owner').issues.createComment({ ...place, issue_number: number, body: 'Please add a line.' });
      await request.own();
      await stands(request, 'approval-missing');
      const { head: first, work } = request.request;
      expect(await request.head()).not.toBe(first);
      await bench.git('push', '-q', '--force', world.forge.remote(place, 'owner'), `${first}:refs/heads/${work.branch}`);
      await stands(request, 'person-has-pushed');
      const { data: said } = await rest('owner').issues.listComments({ ...place, issue_number: number });
      expect(said.at(-1)?.body).toContain(`has set this branch back to ${first}`);
      expect(await bench.tip(work.branch)).toBe(first);
    },
    240_000,
  );
});
