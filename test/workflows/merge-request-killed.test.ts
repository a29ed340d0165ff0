// SIGKILL of the worker before and after everything that the owner of a merge request does. Effects are counted from outside: on the forge,
// and by whoever gets the notices.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answer } from '../../src/client/answer.ts';
import { explain } from '../../src/client/explain.ts';
import { footersIn } from '../../src/activities/publish/footer.ts';
import { job } from '../forge/ci-support.ts';
import { install, type Installation } from '../support/installation.ts';
import { keepWorkers } from '../support/keep-alive.ts';
import { createRequestWorld, helpful, type OpenRequest, type RequestWorld } from '../support/request-world.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let world: RequestWorld;
let here: Installation;
let endWorkers: () => Promise<void>;

beforeAll(async () => {
  world = await createRequestWorld(helpful);
  here = await install({ modelUrl: world.model.url, env: world.env });
  endWorkers = await keepWorkers(here, 2);
}, FIRST_RUN_MS);

afterAll(async () => {
  await endWorkers();
  await world.end();
  await here.end();
});

const killAround = (...points: string[]): Promise<void> =>
  writeFile(join(here.data, 'kill-at'), points.flatMap((point) => [`worker before ${point}`, `worker after ${point}`]).join('\n'));
const allKilled = async (): Promise<void> => expect(await readFile(join(here.data, 'kill-at'), 'utf8')).toBe('');
const stands = (request: OpenRequest, rule: string): Promise<unknown> =>
  until(`the last rule is ${rule}`, async () => (await explain(here.store, request.id)).at(-1)?.rule === rule, 300);
const rest = (login: string) => world.forge.as(login).rest;

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

describe('whenever its worker is killed, the owner of a merge request', () => {
  it('reruns, answers, pushes, resolves, merges and cleans up once each', async () => {
    const flaky = job('test', 'test $GITHUB_RUN_ATTEMPT -gt 1 || { echo "connect ECONNRESET 10.0.0.1"; exit 1; }');
    const request = await world.open(here, { jobs: flaky, pipeline: 'delivery' });
    const { place, number } = request;
    const comment = { ...place, pull_number: number, commit_id: request.request.head, path: 'change.txt', line: 1 };
    await rest('owner').pulls.createReviewComment({ ...comment, body: 'Please say it differently.' });
    const onTop = await request.bench.open('on-top', { as: 'owner', base: request.request.work.branch });
    const before = await effects(request);
    await killAround(
      ...['assessMergeRequest', 'prepareForMergeRequest session', 'prepareReviewOfMergeRequest review', 'endMergeRequest'],
      ...['rerun', 'take', 'status', 'footer', 'reply', 'resolve', 'askMerge', 'closeIssue', 'retarget', 'deleteBranch', 'notify'].map(
        (kind) => `actOnMergeRequest ${kind}`,
      ),
      ...['commit', 'push', 'removeWorktree'].map((kind) => `actOnMergeRequestHost ${kind}`),
    );
    const owner = await request.own();
    await stands(request, 'approval-missing');
    await request.approve();
    expect(await owner.result()).toMatchObject({ outcome: 'merged' });
    await allKilled();

    expect(await effectsSince(request, before)).toEqual({
      'workflow_run.rerequested': 1,
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
    const { body, commits } = await request.bench.pull(number);
    expect(footersIn(body ?? '')).toEqual([expect.stringContaining('pipeline `delivery`, session `code/1`')]);
    expect(commits).toBe(2);
    expect(
      (await rest('owner').repos.listCommits({ ...place })).data.filter(({ commit }) => commit.message.includes('Do it')),
    ).toHaveLength(1);
    expect(await request.bench.pull(onTop.number)).toMatchObject({ state: 'open', base: { ref: 'main' } });
    // Nobody can look whether a notice arrived: it may come again, with the same id.
    const notices = world.noticed.filter(({ text }) => text.includes(`${place.repo}#`));
    expect(new Set(notices.map(({ id }) => id)).size).toBe(1);
    expect(await here.store.mail.take({ address: request.request.tell ?? '' })).toHaveLength(1);
  }, 600_000);

  it('says what it has to say, and takes a person’s commit up, once', async () => {
    const request = await world.open(here);
    const { place, number, bench } = request;
    await killAround('actOnMergeRequest say', 'actOnMergeRequestHost takeUp');
    const owner = await request.own();
    await stands(request, 'approval-missing');
    const theirs = await bench.commit(request.request.work.branch, { 'change.txt': 'By hand.\n' }, { login: 'owner' });
    await stands(request, 'person-has-pushed');
    const go = { item: `go-on/${request.id}/${theirs}`, verdict: 'approve', by: 'ann', about: theirs } as const;
    await until('it has asked', async () => (await answer(here, go)).state === 'accepted');
    await stands(request, 'approval-missing');
    await rest('owner').pulls.update({ ...place, pull_number: number, state: 'closed' });
    expect(await owner.result()).toEqual({ outcome: 'closed' });
    await allKilled();
    const { data: said } = await rest('owner').issues.listComments({ ...place, issue_number: number });
    const words = said.map(({ body }) => body ?? '').filter((body) => !body.startsWith('**Signalbox '));
    expect(words.map((body) => body.slice(0, 20))).toEqual(['Somebody else has pu', 'This was closed with']);
    expect(said).toHaveLength(3);
    expect(await bench.tip(request.request.work.branch)).toBe(theirs);
  }, 600_000);

  it('takes its base in, by git and by a session, with one push each', async () => {
    const request = await world.open(here);
    const { place, bench } = request;
    const branch = `refs/heads/${request.request.work.branch}`;
    const moves = async () => (await bench.effects('ref.updated')).filter(({ subject }) => subject === branch);
    const moved = (from: string) =>
      until('the branch has moved', async () => ((await request.head()) === from ? false : request.head()), 120);
    const base = await bench.commit('main', { 'base.txt': 'Moved.\n' }, { login: 'owner' });
    const protectedBranch = { ...place, branch: 'main' };
    await rest('owner').repos.updateBranchProtection({
      ...{ ...protectedBranch, enforce_admins: true, restrictions: null, required_pull_request_reviews: null },
      required_status_checks: { strict: true, contexts: ['ci'] },
    });
    await rest('writer').repos.createCommitStatus({ ...place, sha: request.request.head, state: 'success', context: 'ci' });
    await killAround('actOnMergeRequestHost takeBase', 'actOnMergeRequestHost push');
    const owner = await request.own();
    const rebased = await moved(request.request.head);
    await stands(request, 'not-known-yet');
    await allKilled();
    expect((await rest('owner').git.getCommit({ ...place, commit_sha: rebased })).data.parents).toMatchObject([{ sha: base }]);

    await rest('owner').repos.deleteBranchProtection(protectedBranch);
    await killAround('prepareForMergeRequest session', 'actOnMergeRequestHost commit', 'actOnMergeRequestHost push');
    const theirs = await bench.commit('main', { 'change.txt': 'Another change.\n' }, { login: 'owner' });
    await owner.look();
    const merged = await moved(rebased);
    await stands(request, 'approval-missing');
    await allKilled();
    expect((await rest('owner').git.getCommit({ ...place, commit_sha: merged })).data.parents.map(({ sha }) => sha)).toEqual([
      rebased,
      theirs,
    ]);
    expect((await moves()).map(({ details }) => [details?.['after'], details?.['forced']])).toEqual([
      [rebased, true],
      [merged, false],
    ]);
    await rest('owner').pulls.update({ ...place, pull_number: request.number, state: 'closed' });
    await owner.result();
  }, 600_000);
});
