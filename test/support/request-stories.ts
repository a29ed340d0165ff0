// What people do about requests and what has to have come of each once, counted from outside: on the forge, and by whoever gets the notices.
import { expect } from '@jest/globals';
import { answer } from '../../src/client/answer.ts';
import { costOf } from '../../src/activities/session/cost.ts';
import { explain } from '../../src/client/explain.ts';
import { footersIn } from '../../src/activities/publish/footer.ts';
import { job } from '../forge/ci-support.ts';
import type { Installation } from './installation.ts';
import type { OpenRequest, RequestWorld } from './request-world.ts';
import { until } from './until.ts';

export type Owner = Awaited<ReturnType<OpenRequest['own']>>;

/** One request. */
export interface Story {
  readonly request: OpenRequest;
  /** Goes on over kills. Its owner runs already. */
  follow(owner: Owner): Promise<void>;
  expectOnce(): Promise<void>;
}

const stands = (here: Installation, request: OpenRequest, rule: string): Promise<unknown> =>
  until(`the last rule is ${rule}`, async () => (await explain(here.store, request.id)).at(-1)?.rule === rule, 300);
const moved = (request: OpenRequest, from: string): Promise<string> =>
  until('the branch has moved', async () => ((await request.head()) === from ? false : request.head()), 300);
const ends = (owner: Owner): Promise<unknown> => until('its owner ends', () => owner.result(), 300);
const restOf = (world: RequestWorld) => (login: string) => world.forge.as(login).rest;

/** Where it happens: the workers' settings are those of the world. */
export interface Stage {
  readonly world: RequestWorld;
  readonly here: Installation;
}

/** What Signalbox has done in a repository, by kind, as the forge counts it; without what its CI makes of it. */
async function effects({ bench }: OpenRequest): Promise<Record<string, number>> {
  const counted: Record<string, number> = {};
  for (const { kind, actor } of await bench.effects())
    if (actor === 'writer' && !OF_CI.test(kind)) counted[kind] = (counted[kind] ?? 0) + 1;
  return counted;
}

const OF_CI = /^(check_|workflow_job|workflow_run\.(?!rerequested))/;

async function effectsSince(request: OpenRequest, before: Readonly<Record<string, number>>): Promise<Record<string, number>> {
  const now = Object.entries(await effects(request));
  return Object.fromEntries(now.map(([kind, count]) => [kind, count - (before[kind] ?? 0)] as const).filter(([, count]) => count > 0));
}

/** CI that fails once, a comment, an approval; then it is merged and cleaned up after. */
export async function merged({ world, here }: Stage): Promise<Story> {
  const rest = restOf(world);
  const flaky = job('test', 'test $GITHUB_RUN_ATTEMPT -gt 1 || { echo "connect ECONNRESET 10.0.0.1"; exit 1; }');
  const request = await world.open(here, { jobs: flaky, pipeline: 'delivery' });
  const { place, number, bench } = request;
  const onTop = await bench.open('on-top', { as: 'owner', base: request.request.work.branch });
  const before = await effects(request);
  return {
    request,
    async follow(owner) {
      await until('the job is run again', async () => (await bench.effects('workflow_run.rerequested')).length > 0, 300);
      const comment = { ...place, pull_number: number, commit_id: request.request.head, path: 'change.txt', line: 1 };
      await rest('owner').pulls.createReviewComment({ ...comment, body: 'Please say it differently.' });
      await moved(request, request.request.head);
      await stands(here, request, 'approval-missing');
      await request.approve();
      expect(await ends(owner)).toMatchObject({ outcome: 'merged' });
    },
    async expectOnce() {
      expect(await effectsSince(request, before)).toEqual({
        // Of each head.
        'workflow_run.rerequested': 2,
        // Of the branch, by the push, and of the base, by the merge.
        'ref.updated': 2,
        // The proof in its description: convergent, so it may be set more often than it changes.
        'pull_request.edited': expect.any(Number) as unknown as number,
        'pull_request.synchronize': 1,
        // How it stands, in one comment.
        'issue_comment.created': 1,
        'issue_comment.edited': expect.any(Number) as unknown as number,
        // A reply is a review of its own, as on GitHub.
        'pull_request_review.submitted': 1,
        'pull_request_review_comment.created': 1,
        'pull_request_review_thread.resolved': 1,
        'pull_request.merged': 1,
        'issue.closed': 1,
        'ref.deleted': 1,
      });
      const { data: said } = await rest('owner').pulls.listReviewComments({ ...place, pull_number: number });
      expect(said).toHaveLength(2);
      const { data: statuses } = await rest('owner').issues.listComments({ ...place, issue_number: number });
      expect(statuses).toMatchObject([{ user: { login: 'writer' }, body: expect.stringContaining('Now: it is merged') }]);
      const { body, commits } = await bench.pull(number);
      expect(footersIn(body ?? '')).toEqual([expect.stringContaining('pipeline `delivery`, session `code/1`')]);
      expect(commits).toBe(2);
      const { data: onBase } = await rest('owner').repos.listCommits({ ...place });
      expect(onBase.filter(({ commit }) => commit.message.includes('Do it'))).toHaveLength(1);
      expect(await bench.pull(onTop.number)).toMatchObject({ state: 'open', base: { ref: 'main' } });
      // Nobody can look whether a notice arrived: it may come again, with the same id.
      const notices = world.noticed.filter(({ text }) => text.includes(`${place.repo}#`));
      expect(new Set(notices.map(({ id }) => id)).size).toBe(1);
      expect(await here.store.mail.take({ address: request.request.tell ?? '' })).toHaveLength(1);
    },
  };
}

/** A person says what a model has to understand, pushes to the branch, lets it go on, and closes the request. */
export async function takenUp({ world, here }: Stage): Promise<Story> {
  const rest = restOf(world);
  const request = await world.open(here);
  const { place, number, bench } = request;
  let theirs = '';
  const triaged = () => here.store.ledger.settled({ prefix: `${request.id}/triage/` });
  return {
    request,
    async follow(owner) {
      await rest('owner').issues.createComment({ ...place, issue_number: number, body: `Works here, too (${place.repo}).` });
      await until('it is triaged', async () => (await triaged()).length > 0, 300);
      await stands(here, request, 'approval-missing');
      theirs = await bench.commit(request.request.work.branch, { 'change.txt': 'By hand.\n' }, { login: 'owner' });
      await stands(here, request, 'person-has-pushed');
      const go = { item: `go-on/${request.id}/${theirs}`, verdict: 'approve', by: 'ann', about: theirs } as const;
      await until('it has asked', async () => ['accepted', 'answered already'].includes((await answer(here, go)).state), 60);
      await stands(here, request, 'approval-missing');
      await rest('owner').pulls.update({ ...place, pull_number: number, state: 'closed' });
      expect(await ends(owner)).toEqual({ outcome: 'closed' });
    },
    async expectOnce() {
      const { data: said } = await rest('owner').issues.listComments({ ...place, issue_number: number });
      const words = said.map(({ body }) => body ?? '').filter((body) => !body.startsWith('**Signalbox '));
      expect(words.map((body) => body.slice(0, 20))).toEqual([
        `Works here, too (${place.repo}).`.slice(0, 20),
        'Somebody else has pu',
        'This was closed with',
      ]);
      expect(said).toHaveLength(4);
      // Asked again where its answer had not come to be recorded, recorded and counted once.
      expect(await triaged()).toMatchObject([{ outcome: { state: 'done', result: { triage: 'approval', because: 'It is approval.' } } }]);
      expect(await costOf(here.store, (await triaged())[0]?.key ?? '')).toMatchObject({ turns: 1 });
      expect(await bench.tip(request.request.work.branch)).toBe(theirs);
    },
  };
}

/** Its base moves, without a conflict and then with one: it is taken in by git, and by a session. */
export async function upToDate({ world, here }: Stage): Promise<Story> {
  const rest = restOf(world);
  const request = await world.open(here);
  const { place, bench } = request;
  const branch = `refs/heads/${request.request.work.branch}`;
  const base = await bench.commit('main', { 'base.txt': 'Moved.\n' }, { login: 'owner' });
  const protectedBranch = { ...place, branch: 'main' };
  await rest('owner').repos.updateBranchProtection({
    ...protectedBranch,
    enforce_admins: true,
    restrictions: null,
    required_pull_request_reviews: null,
    required_status_checks: { strict: true, contexts: ['ci'] },
  });
  await rest('writer').repos.createCommitStatus({ ...place, sha: request.request.head, state: 'success', context: 'ci' });
  let [rebased, theirs, both] = ['', '', ''];
  return {
    request,
    async follow(owner) {
      rebased = await moved(request, request.request.head);
      await stands(here, request, 'not-known-yet');
      await rest('owner').repos.deleteBranchProtection(protectedBranch);
      theirs = await bench.commit('main', { 'change.txt': 'Another change.\n' }, { login: 'owner' });
      both = await moved(request, rebased);
      await stands(here, request, 'approval-missing');
      await rest('owner').pulls.update({ ...place, pull_number: request.number, state: 'closed' });
      await ends(owner);
    },
    async expectOnce() {
      const parentsOf = async (commit_sha: string) =>
        (await rest('owner').git.getCommit({ ...place, commit_sha })).data.parents.map(({ sha }) => sha);
      expect(await parentsOf(rebased)).toEqual([base]);
      expect(await parentsOf(both)).toEqual([rebased, theirs]);
      const moves = (await bench.effects('ref.updated')).filter(({ subject }) => subject === branch);
      expect(moves.map(({ details }) => [details?.['after'], details?.['forced']])).toEqual([
        [rebased, true],
        [both, false],
      ]);
    },
  };
}
