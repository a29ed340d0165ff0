// The merge lane on a real server and a real forge: what it merges, what it refuses, what it leaves to whom. Merges are counted in the
// forge's own list and in git. Each test has a repository of its own; all but those that kill workers run at once.
import { appendFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { wakeLane } from '../../src/activities/merge-lane/wake.ts';
import { explain } from '../../src/client/explain.ts';
import { mergeAskId, type MergeOutcome } from '../../src/contracts/merge-lane.ts';
import { forgeHost, mergeLaneId, mergeRequestId, repositoryId, type MergeRequestRef } from '../../src/contracts/work.ts';
import { startTestForge, type TestForge } from '../forge/harness.ts';
import { workbench, type PullView, type Workbench } from '../forge/pull-request-support.ts';
import { dequeued, groupOf, mutate, protectByQueue, report } from '../forge/queue-support.ts';
import { rulesOf } from '../support/decisions.ts';
import { install, type Installation } from '../support/installation.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

jest.setTimeout(120_000); // several wait for one worker

let forge: TestForge;
let here: Installation;
const benches: Workbench[] = [];

beforeAll(async () => {
  forge = await startTestForge({ checked: false });
  const env = { GITHUB_API_URL: forge.url, GITHUB_TOKEN: forge.tokens['writer'] ?? '', SIGNALBOX_TEST_CHECKS: 'ci' };
  here = await install({ modelUrl: 'http://127.0.0.1:9', env });
  await here.startWorker();
}, FIRST_RUN_MS);

afterAll(async () => {
  await here.end();
  await forge.stop();
  benches.forEach((bench) => bench.dispose());
});

async function repository(): Promise<Workbench> {
  const bench = await workbench(forge);
  benches.push(bench);
  return bench;
}

const refOf = ({ place }: Workbench, number: number): MergeRequestRef => ({ host: forgeHost(forge.url), ...place, number });

async function review(bench: Workbench, { number, head }: Pick<PullView, 'number' | 'head'>): Promise<void> {
  const { data } = await forge.as('reader').rest.git.getCommit({ ...bench.place, commit_sha: head.sha });
  await here.store.checks.add({
    id: `${mergeRequestId(refOf(bench, number))}/review/${head.sha}`,
    repository: repositoryId(refOf(bench, number)),
    commit: head.sha,
    tree: data.tree.sha,
    kind: 'review',
    name: 'verdict',
    outcome: 'passed',
    because: 'Two rounds, clean.',
    findings: null,
    session: null,
    evidence: null,
  });
}

const status = (bench: Workbench, sha: string, state: 'success' | 'pending' | 'failure'): Promise<unknown> =>
  forge.as('writer').rest.repos.createCommitStatus({ ...bench.place, sha, state, context: 'ci' });

const approve = async (bench: Workbench, number: number, event: 'APPROVE' | 'REQUEST_CHANGES' = 'APPROVE'): Promise<number> =>
  (await forge.as('owner').rest.pulls.createReview({ ...bench.place, pull_number: number, event, body: 'Looked at it.' })).data.id;

/** A request of ours that every gate passes. */
async function ready(bench: Workbench, branch: string): Promise<PullView> {
  const pull = await bench.open(branch);
  await Promise.all([status(bench, pull.head.sha, 'success'), review(bench, pull), approve(bench, pull.number)]);
  return pull;
}

/** Wishes for a merge, as the request's workflow does. */
async function ask(bench: Workbench, { number, head }: Pick<PullView, 'number' | 'head'>, refusals = 0): Promise<string> {
  const ref = refOf(bench, number);
  const request = mergeRequestId(ref);
  const id = mergeAskId(request, head.sha, refusals);
  const context = { ours: true, classification: null, goal: null, escalated: null };
  await here.store.merges.ask({ id, lane: mergeLaneId(ref), request, ref, head: head.sha, askedBy: request, context });
  await wakeLane(here, ref);
  return id;
}

const outcome = (bench: Workbench, number: number, id: string): Promise<MergeOutcome> =>
  until(
    `#${number} has an outcome`,
    async () => {
      const asks = await here.store.merges.of({ request: mergeRequestId(refOf(bench, number)) });
      return asks.find((one) => one.id === id)?.outcome ?? undefined;
    },
    60,
  );

/** As a person calls it. */
const verify = (bench: Workbench, number: number, option = '--json', more: Readonly<Record<string, string>> = {}) =>
  execa(resolve(import.meta.dirname, '../../bin/signalbox'), ['verify', `${bench.place.owner}/${bench.place.repo}#${number}`, option], {
    env: {
      SIGNALBOX_DATA: here.data,
      GITHUB_API_URL: forge.url,
      GITHUB_TOKEN: forge.tokens['writer'] ?? '',
      SIGNALBOX_TEST_CHECKS: 'ci',
      ...more,
    },
    reject: false,
  });
const failing = (stdout: string): string[] =>
  (JSON.parse(stdout) as { points: { what: string; holds: boolean }[] }).points.filter(({ holds }) => !holds).map(({ what }) => what);

const merges = async (bench: Workbench): Promise<number> => (await bench.effects('pull_request.merged')).length;
const rules = (bench: Workbench): Promise<string[]> => rulesOf(here.store, mergeLaneId(refOf(bench, 0)));

describe('the merge lane', () => {
  it.concurrent(
    'merges what passes every gate, with a proof in the merge log',
    async () => {
      const bench = await repository();
      const base = await bench.tip('main');
      const pull = await ready(bench, 'feature');
      const done = await outcome(bench, pull.number, await ask(bench, pull));
      const now = await bench.pull(pull.number);
      expect(now).toMatchObject({ merged: true, merged_by: { login: 'writer' } });
      expect(done).toEqual({ state: 'merged', sha: now.merge_commit_sha, method: 'squash', by: 'writer' });
      expect(await bench.tip('main')).toBe(now.merge_commit_sha);

      const logged = await here.store.merges.logged({ request: mergeRequestId(refOf(bench, pull.number)) });
      expect(logged).toMatchObject({ how: 'lane', head: pull.head.sha, sha: now.merge_commit_sha, by: 'writer', unmet: [] });
      const proof = JSON.parse(new TextDecoder().decode(await here.store.blobs.get({ digest: logged?.proof ?? '' }))) as object;
      expect(proof).toMatchObject({
        verdict: 'passed',
        head: pull.head.sha,
        checks: [{ kind: 'review' }],
        number: pull.number,
        mergedAt: now.merged_at,
      });
      expect(proof).toMatchObject({ ci: [{ name: 'ci', state: 'passed', app: null, evidence: expect.stringMatching(/^[0-9a-f]{64}$/) }] });
      // Its last decision comes after the outcome.
      const last = await until('the lane rests', async () => ((await rules(bench)).at(-1) === 'nothing-asked' ? rules(bench) : undefined));
      expect(last).toEqual(['all-gates-pass', 'merged', 'nothing-asked']);

      const { exitCode, stdout } = await verify(bench, pull.number);
      expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { holds: true, merged: { sha: now.merge_commit_sha } }]);
      const { stdout: statement } = await verify(bench, pull.number, '--statement');
      expect(JSON.parse(statement)).toMatchObject({
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ digest: { gitCommit: now.merge_commit_sha } }],
      });
      // Somebody takes the merge back by force.
      await bench.git('push', '-q', '--force', forge.remote(bench.place, 'owner'), `${base}:refs/heads/main`);
      expect(failing((await verify(bench, pull.number)).stdout)).toEqual(['base']);
      // A check says otherwise now.
      await status(bench, pull.head.sha, 'failure');
      expect(failing((await verify(bench, pull.number)).stdout)).toContain('ci ci');
    },
    90_000,
  );

  it.concurrent('refuses what has moved, is held, disapproved, red or closed, and says why', async () => {
    const bench = await repository();
    const { rest } = forge.as('owner');
    const cases: Record<string, readonly [string, (pull: PullView) => Promise<unknown>]> = {
      moved: ['The head has moved', () => bench.commit('moved', { 'more.txt': 'more' })],
      held: [
        '"do-not-merge" holds',
        ({ number }) => rest.issues.addLabels({ ...bench.place, issue_number: number, labels: ['do-not-merge'] }),
      ],
      dismissed: [
        'No person who may write has approved',
        async ({ number }) => {
          const [given] = (await rest.pulls.listReviews({ ...bench.place, pull_number: number })).data;
          await rest.pulls.dismissReview({ ...bench.place, pull_number: number, review_id: given?.id ?? 0, message: 'No.' });
        },
      ],
      disapproved: ['owner asked for changes', ({ number }) => approve(bench, number, 'REQUEST_CHANGES')],
      red: ['ci failed', ({ head }) => status(bench, head.sha, 'failure')],
      closed: ['is closed', ({ number }) => rest.pulls.update({ ...bench.place, pull_number: number, state: 'closed' })],
    };
    const asked: { readonly pull: PullView; readonly id: string; readonly because: string }[] = [];
    for (const [branch, [because, change]] of Object.entries(cases)) {
      const pull = await ready(bench, branch);
      await change(pull);
      asked.push({ pull, id: await ask(bench, pull), because });
    }
    for (const { pull, id, because } of asked)
      expect(await outcome(bench, pull.number, id)).toEqual({ state: 'refused', because: expect.stringContaining(because) });
    expect(await merges(bench)).toBe(0);
  });

  it.concurrent('is verified before it is merged as well: what was proven of one tree says nothing of the next', async () => {
    const bench = await repository();
    const pull = await ready(bench, 'feature');
    expect(failing((await verify(bench, pull.number)).stdout)).toEqual([]);
    await bench.commit('feature', { 'more.txt': 'more' });
    const { exitCode, stdout } = await verify(bench, pull.number);
    expect([exitCode, failing(stdout)]).toEqual([1, ['gate tests', 'gate review', 'gate approval']]);
    expect((await verify(bench, 99)).exitCode).toBe(4);
  });

  it.concurrent(
    'is verified with all that its owner knows: whoever was to judge before has to judge still, whatever an older wish says',
    async () => {
      const bench = await repository();
      const pull = await bench.open('feature');
      await Promise.all([status(bench, pull.head.sha, 'success'), review(bench, pull)]);
      const ref = refOf(bench, pull.number);
      const workflow = mergeRequestId(ref);
      const put = (value: unknown) => here.store.blobs.put({ bytes: new TextEncoder().encode(JSON.stringify(value)) });
      const classification = await put({ taskComplexity: 'Small', riskLevel: 'Low', touchesArchitecture: false, touchesSecurity: false });
      const request = { ref, work: {}, tell: 'task/x', author: 'task/x/code/1', classification, goal: 'g', issue: null };
      const decided = async (seq: number, facts: object): Promise<void> => {
        const entry = { workflow, seq, attempt: 1, rule: 'all-gates-pass', because: 'b', action: { kind: 'wait' }, at: seq };
        await here.store.decisions.record({ ...entry, facts });
      };
      const automatic = (): Promise<string[]> =>
        verify(bench, pull.number, '--json', { SIGNALBOX_AUTO_MERGE: 'true' }).then((done) => failing(done.stdout));
      const facts = { request, done: {}, limits: { fixes: 3 }, escalated: null };
      await decided(1, facts);
      expect(await automatic()).toEqual([]);
      await decided(2, { ...facts, escalated: 'A review of it has asked for a person.' });
      await decided(3, { name: 'refused', refusal: {} });
      expect(await automatic()).toEqual(['gate approval']);
    },
    60_000,
  );

  it.concurrent('counts approvals of the command line, and those of people who may not write for nothing', async () => {
    const bench = await repository();
    const pull = await bench.open('feature');
    await Promise.all([status(bench, pull.head.sha, 'success'), review(bench, pull)]);
    await forge.as('reader').rest.pulls.createReview({ ...bench.place, pull_number: pull.number, event: 'APPROVE' });
    expect(await outcome(bench, pull.number, await ask(bench, pull))).toMatchObject({ state: 'refused' });

    const request = mergeRequestId(refOf(bench, pull.number));
    const item = { id: `approve/${request}/${pull.head.sha}`, askedBy: request, about: pull.head.sha };
    await here.store.outbox.ask({ ...item, question: 'Merge?', accepts: ['approve', 'reject'] });
    await here.store.outbox.answer({ item: item.id, verdict: 'approve', by: 'ann', about: pull.head.sha });
    // By the method that the repository allows.
    await forge.as('owner').rest.repos.update({ ...bench.place, allow_squash_merge: false });
    expect(await outcome(bench, pull.number, await ask(bench, pull, 1))).toMatchObject({ state: 'merged', method: 'merge' });
  });

  it.concurrent('finds what was merged by hand, and logs which gates were not met', async () => {
    const bench = await repository();
    const pull = await bench.open('feature');
    await forge.as('owner').rest.pulls.merge({ ...bench.place, pull_number: pull.number });
    const sha = await bench.tip('main');
    expect(await outcome(bench, pull.number, await ask(bench, pull))).toEqual({ state: 'merged by others', sha, by: 'owner' });
    expect(await here.store.merges.logged({ request: mergeRequestId(refOf(bench, pull.number)) })).toMatchObject({
      how: 'other',
      by: 'owner',
      method: null,
      sha,
      unmet: ['tests', 'review', 'approval'],
    });
    const { exitCode, stdout } = await verify(bench, pull.number);
    expect([exitCode, failing(stdout)]).toEqual([1, ['gates at the merge', 'gate tests', 'gate review', 'gate approval']]);
    expect(await merges(bench)).toBe(1);
  });

  it.concurrent('merges two requests of one repository one after the other, each decided on the base that the other left', async () => {
    const bench = await repository();
    const pulls = [await ready(bench, 'one'), await ready(bench, 'two')];
    const ids = await Promise.all(pulls.map((pull) => ask(bench, pull)));
    for (const [at, pull] of pulls.entries()) expect(await outcome(bench, pull.number, ids[at] ?? '')).toMatchObject({ state: 'merged' });
    expect(await merges(bench)).toBe(2);
    await bench.git('fetch', '-q', 'origin', 'main');
    const bases = (
      await Promise.all(pulls.map(({ number }) => here.store.merges.logged({ request: mergeRequestId(refOf(bench, number)) })))
    ).map((entry) => entry?.sha ?? '');
    const history = (await bench.git('log', '--format=%H', 'FETCH_HEAD')).split('\n');
    expect(history).toHaveLength(3);
    expect(bases.every((sha) => history.includes(sha))).toBe(true);
  });

  it.concurrent('does not let one that waits for CI hold up another', async () => {
    const bench = await repository();
    const [slow, quick] = [await ready(bench, 'slow'), await ready(bench, 'quick')];
    await status(bench, slow.head.sha, 'pending');
    const waiting = await ask(bench, slow);
    expect(await outcome(bench, quick.number, await ask(bench, quick))).toMatchObject({ state: 'merged' });
    await until('the slow one is waited for', async () => (await rules(bench)).at(-1) === 'gate-pending');
    await status(bench, slow.head.sha, 'success');
    await wakeLane(here, refOf(bench, slow.number));
    expect(await outcome(bench, slow.number, waiting)).toMatchObject({ state: 'merged' });
  });

  it.concurrent('asks for checks that protection requires and the forge does not show yet', async () => {
    const bench = await repository();
    await forge.as('owner').rest.repos.updateBranchProtection({
      ...bench.place,
      branch: 'main',
      enforce_admins: true,
      restrictions: null,
      required_status_checks: { strict: false, contexts: ['ci', 'deploy'] },
      required_pull_request_reviews: { required_approving_review_count: 1 },
    });
    const pull = await ready(bench, 'feature');
    const id = await ask(bench, pull);
    await until('it is waited for', async () => (await rules(bench)).at(-1) === 'gate-pending');
    const why = (await explain(here.store, mergeLaneId(refOf(bench, 0)))).at(-1)?.because;
    expect(why).toContain('Waiting for deploy');
    await forge.as('writer').rest.repos.createCommitStatus({ ...bench.place, sha: pull.head.sha, state: 'success', context: 'deploy' });
    await wakeLane(here, refOf(bench, pull.number));
    expect(await outcome(bench, pull.number, id)).toMatchObject({ state: 'merged' });
  });

  it.concurrent(
    'does not wait for time where people are missing that protection asks for and does not show to who may only write',
    async () => {
      const bench = await repository();
      const { rest } = forge.as('owner');
      await rest.repos.addCollaborator({ ...bench.place, username: 'reader', permission: 'push' });
      await bench.commit('main', { CODEOWNERS: '* @owner\n' }, { login: 'owner' });
      await rest.repos.updateBranchProtection({
        ...bench.place,
        branch: 'main',
        enforce_admins: true,
        restrictions: null,
        required_status_checks: null,
        required_pull_request_reviews: { required_approving_review_count: 1, require_code_owner_reviews: true },
        required_conversation_resolution: true,
      });
      const pull = await bench.open('feature');
      const at = { ...bench.place, pull_number: pull.number };
      await Promise.all([status(bench, pull.head.sha, 'success'), review(bench, pull)]);
      const comments = [{ path: 'feature.txt', line: 1, body: 'Why?' }];
      await forge.as('reader').rest.pulls.createReview({ ...at, event: 'APPROVE', comments });
      const refused = async (refusals: number): Promise<unknown> => outcome(bench, pull.number, await ask(bench, pull, refusals));
      expect(await refused(0)).toEqual({ state: 'refused', because: 'forge-approvals: main asks for more reviews than it has.' });
      await approve(bench, pull.number);
      const because: unknown = expect.stringMatching(/^mergeable: .* blocks it: .* does not show us; 1 conversation is not resolved\.$/);
      expect(await refused(1)).toEqual({ state: 'refused', because });
      const threads = `query($owner: String!, $repo: String!, $number: Int!) { repository(owner: $owner, name: $repo) {
      pullRequest(number: $number) { reviewThreads(first: 1) { nodes { id } } } } }`;
      const found = await forge
        .as('owner')
        .graphql<{ repository: { pullRequest: { reviewThreads: { nodes: { id: string }[] } } } }>(threads, {
          ...bench.place,
          number: pull.number,
        });
      const id = found.repository.pullRequest.reviewThreads.nodes[0]?.id;
      await forge.as('owner').graphql('mutation($id: ID!) { resolveReviewThread(input: { threadId: $id }) { thread { id } } }', { id });
      expect(await refused(2)).toMatchObject({ state: 'merged' });
    },
    60_000,
  );

  it.concurrent('merges once when the answer is lost after the merge', async () => {
    const bench = await repository();
    const pull = await ready(bench, 'feature');
    const where = { route: 'pulls/merge', repository: `${bench.place.owner}/${bench.place.repo}` };
    await forge.control('POST', '/_faults', { ...where, when: 'after', fault: { kind: 'cut' }, count: 1 });
    expect(await outcome(bench, pull.number, await ask(bench, pull))).toMatchObject({
      state: 'merged',
      by: 'writer',
      sha: await until('it is there', async () => (await bench.pull(pull.number)).merge_commit_sha ?? false),
    });
    expect(await merges(bench)).toBe(1);
  });
});

describe('where the base is merged into by the forge’s queue', () => {
  const build = (bench: Workbench, sha: string, state: 'success' | 'failure') => report(bench, sha, 'build', state);
  /** Of ours, passing every gate, in a repository with a queue on main. */
  async function readyForQueue(bench: Workbench, branch: string, files: Readonly<Record<string, string>> = {}): Promise<PullView> {
    const { number } = await bench.open(branch);
    if (Object.keys(files).length > 0) await bench.commit(branch, files);
    const pull = await bench.pull(number);
    await Promise.all([status(bench, pull.head.sha, 'success'), build(bench, pull.head.sha, 'success')]);
    await Promise.all([review(bench, pull), approve(bench, number)]);
    return pull;
  }
  async function withQueue(): Promise<Workbench> {
    const bench = await repository();
    await protectByQueue(bench);
    return bench;
  }
  const look = (bench: Workbench) => wakeLane(here, refOf(bench, 0));
  const rule = (bench: Workbench, wanted: string) => until(wanted, async () => (await rules(bench)).at(-1) === wanted, 60);

  it.concurrent(
    'puts what passes there, lets the next follow, and is told of the merge with its proof',
    async () => {
      const bench = await withQueue();
      const pulls = [await readyForQueue(bench, 'one'), await readyForQueue(bench, 'two')];
      const ids = await Promise.all(pulls.map((pull) => ask(bench, pull)));
      for (const { number } of pulls) await build(bench, await groupOf(bench, number), 'success');
      for (const [at, pull] of pulls.entries()) {
        await until('it is merged', async () => (await bench.pull(pull.number)).merged, 60);
        await look(bench);
        const sha = (await bench.pull(pull.number)).merge_commit_sha;
        expect(await outcome(bench, pull.number, ids[at] ?? '')).toEqual({ state: 'merged', sha, method: 'queue', by: 'writer' });
      }
      expect((await bench.effects('pull_request.enqueued')).length).toBe(2);
      expect(await merges(bench)).toBe(2);
      const { number } = pulls[0] as PullView;
      expect(await here.store.merges.logged({ request: mergeRequestId(refOf(bench, number)) })).toMatchObject({ how: 'lane', unmet: [] });
      expect(failing((await verify(bench, number)).stdout)).toEqual([]);
    },
    90_000,
  );

  it.concurrent(
    'takes out what is held, and leaves out what the queue let go of, saying what for',
    async () => {
      const bench = await withQueue();
      const change = { 'same.txt': 'first\n' };
      const [held, red, conflicting, taken] = [
        await readyForQueue(bench, 'held'),
        await readyForQueue(bench, 'red', change),
        await readyForQueue(bench, 'conflicting', { 'same.txt': 'second\n' }),
        await readyForQueue(bench, 'taken'),
      ];
      const asked = async (pull: PullView): Promise<string> => {
        const id = await ask(bench, pull);
        await until(
          'it is there',
          async () => (await bench.effects('pull_request.enqueued')).some(({ subject }) => subject === `#${pull.number}`),
          60,
        );
        return id;
      };
      const heldId = await asked(held);
      await forge.as('owner').rest.issues.addLabels({ ...bench.place, issue_number: held.number, labels: ['hold'] });
      await look(bench);
      expect(await outcome(bench, held.number, heldId)).toEqual({ state: 'refused', because: expect.stringContaining('"hold" holds it') });

      const redId = await asked(red);
      const conflictingId = await asked(conflicting);
      await look(bench);
      const because: unknown = expect.stringContaining('conflicts there with what is before it');
      expect(await outcome(bench, conflicting.number, conflictingId)).toMatchObject({ because, queue: { for: 'conflict' } });
      await build(bench, await groupOf(bench, red.number), 'failure');
      await until('it has left', async () => (await dequeued(bench)).length === 3, 60);
      await look(bench);
      expect(await outcome(bench, red.number, redId)).toMatchObject({ state: 'refused', queue: { for: 'checks' } });

      const takenId = await asked(taken);
      await mutate(bench, 'dequeuePullRequest', { id: taken.node_id }, 'owner');
      await look(bench);
      const byOwner = { state: 'refused', because: 'owner has taken it out of the merge queue of main.', queue: { for: 'person' } };
      expect(await outcome(bench, taken.number, takenId)).toMatchObject(byOwner);
      expect(await dequeued(bench)).toEqual([
        [`#${held.number}`, 'MANUAL'],
        [`#${conflicting.number}`, 'MERGE_CONFLICT'],
        [`#${red.number}`, 'CI_FAILURE'],
        [`#${taken.number}`, 'MANUAL'],
      ]);
      expect(await merges(bench)).toBe(0);
    },
    120_000,
  );

  it('is put there once when the worker is killed between that and its record, also where it has left meanwhile', async () => {
    const bench = await withQueue();
    const pull = await readyForQueue(bench, 'feature');
    const route = 'graphql/enqueuePullRequest';
    await forge.control('POST', '/_faults', { route, when: 'after', fault: { kind: 'delay', ms: 30_000 }, count: 1 });
    const id = await ask(bench, pull);
    await until('it is there', async () => (await bench.effects('pull_request.enqueued')).length > 0, 60);
    await Promise.all(here.workers().map((worker) => worker.kill()));
    await mutate(bench, 'dequeuePullRequest', { id: pull.node_id }, 'owner');
    await here.startWorker();
    expect(await outcome(bench, pull.number, id)).toMatchObject({ state: 'refused', queue: { for: 'person' } });
    expect((await bench.effects('pull_request.enqueued')).length).toBe(1);

    // And one that is still there.
    await forge.control('POST', '/_faults', { route, when: 'after', fault: { kind: 'cut' }, count: 1 });
    const again = await ask(bench, pull, 1);
    await rule(bench, 'in-queue');
    await build(bench, await groupOf(bench, pull.number), 'success');
    await until('it is merged', async () => (await bench.pull(pull.number)).merged, 60);
    await look(bench);
    expect(await outcome(bench, pull.number, again)).toMatchObject({ state: 'merged', method: 'queue' });
    expect((await bench.effects('pull_request.enqueued')).length).toBe(2);
  });
});

describe('a merge whose worker is killed', () => {
  /** Asks with a worker that dies where it is told, then starts the next one. */
  async function killedAt(bench: Workbench, pull: PullView, point: string, meanwhile: () => Promise<unknown>): Promise<MergeOutcome> {
    const [worker] = here.workers();
    await appendFile(join(here.data, 'kill-at'), `worker ${point} ${mergeLaneId(refOf(bench, 0))} 2 mergeInLane\n`);
    const id = await ask(bench, pull);
    await worker?.gone;
    await meanwhile();
    await here.startWorker();
    return outcome(bench, pull.number, id);
  }

  it('before the call is decided anew: a label that was set meanwhile holds it', async () => {
    const bench = await repository();
    const pull = await ready(bench, 'feature');
    const hold = () => forge.as('owner').rest.issues.addLabels({ ...bench.place, issue_number: pull.number, labels: ['hold'] });
    expect(await killedAt(bench, pull, 'before', hold)).toEqual({ state: 'refused', because: expect.stringContaining('"hold" holds it') });
    expect(await merges(bench)).toBe(0);
  });

  it('after the call and before its completion is reported has merged once', async () => {
    const bench = await repository();
    const pull = await ready(bench, 'feature');
    expect(await killedAt(bench, pull, 'after', async () => undefined)).toMatchObject({ state: 'merged' });
    expect(await merges(bench)).toBe(1);
  });

  it('between the merge and its record has merged once, and it is known as ours', async () => {
    const bench = await repository();
    const pull = await ready(bench, 'feature');
    await forge.control('POST', '/_faults', { route: 'pulls/merge', when: 'after', fault: { kind: 'delay', ms: 30_000 }, count: 1 });
    const id = await ask(bench, pull);
    await until('it is merged', async () => (await bench.pull(pull.number)).merged);
    await Promise.all(here.workers().map((worker) => worker.kill()));
    await here.startWorker();
    expect(await outcome(bench, pull.number, id)).toMatchObject({ state: 'merged', by: 'writer' });
    expect(await merges(bench)).toBe(1);
    expect(await here.store.merges.logged({ request: mergeRequestId(refOf(bench, pull.number)) })).toMatchObject({ how: 'lane' });
  });
});
