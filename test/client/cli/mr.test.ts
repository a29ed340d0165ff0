// Requests handed over by the command line, on real parts. What Signalbox did to them is counted in the forge.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NEEDS_GOOD, type OpenRequest } from '../../support/request-world.ts';
import { nameOf, requestCli, type RequestCli } from '../../support/request-cli.ts';
import { FIRST_RUN_MS } from '../../support/temporal.ts';
import { until } from '../../support/until.ts';

let cli: RequestCli;

beforeAll(async () => {
  cli = await requestCli();
}, FIRST_RUN_MS);

afterAll(() => cli.end());

const rest = (login: string) => cli.world.forge.as(login).rest;

/** The comment in which it says how it stands; there is at most one. */
async function statusOf({ place, number }: OpenRequest): Promise<string | undefined> {
  const { data } = await rest('owner').issues.listComments({ ...place, issue_number: number });
  const statuses = data.filter(({ body, user }) => user?.login === 'writer' && body?.startsWith('**Signalbox ') === true);
  expect(statuses.length).toBeLessThan(2);
  return statuses[0]?.body;
}

describe('signalbox mr', () => {
  it('watches a request of a person without touching branch, threads or merge, and mends it once it may', async () => {
    const { world, here, signalbox, json, shown, stands, touched } = cli;
    const request = await world.open(here, { jobs: NEEDS_GOOD, by: 'owner', body: 'It closes #1.' });
    const { place, number } = request;
    request.hear();
    const before = (await touched(request)).length;
    const { data: said } = await rest('owner').issues.createComment({ ...place, issue_number: number, body: 'Please rename it.' });
    // Forges tell time in whole seconds: what is said in the second of the hand-over counts as said after it.
    await until('the second of the comment is over', async () => Date.now() >= Date.parse(said.created_at) + 1000);
    expect(await json('mr', 'adopt', nameOf(request), '--policy', 'watch')).toMatchObject({
      state: 'began',
      policy: 'watch',
      generation: 1,
    });
    const { events } = await here.client.workflow.getHandle(request.id).fetchHistory();
    const given = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
    expect(JSON.parse(Buffer.from(given ?? []).toString())).toMatchObject({ issue: request.issue });
    await stands(request, 'watched-unmet');
    expect((await signalbox('mr', 'list')).out).toMatch(new RegExp(`${nameOf(request)} +watch +active +test failed`));
    const status = await until('it says how it stands', async () => (await statusOf(request)) ?? false);
    expect(status).toMatch(/watches this request[^]*waits for whoever works on it[^]*test failed/);
    expect((await touched(request)).slice(before).filter((kind) => !kind.startsWith('issue_comment.'))).toEqual([]);
    expect(world.model.requests()).toEqual([]);

    expect(await json('mr', 'adopt', nameOf(request))).toMatchObject({ state: 'running', policy: 'watch' });
    expect(await json('mr', 'adopt', nameOf(request), '--policy', 'fix')).toMatchObject({ state: 'policy', policy: 'fix' });
    await stands(request, 'left-to-people');
    expect((await request.bench.pull(number)).commits).toBe(2);
    // It was said to others, before we had anything to do with it.
    expect(await shown(request)).toMatchObject({ custody: { state: 'active', policy: 'fix' }, last: { rule: 'left-to-people' } });
    await rest('owner').pulls.merge({ ...place, pull_number: number });
    await until('its owner ends', async () => (await shown(request)).custody.state === 'ended', 60);
    expect(await shown(request)).toMatchObject({ merged: { by: 'owner' } });
    const done = (await touched(request)).slice(before);
    expect(done.filter((kind) => kind !== 'issue_comment.edited')).toEqual([
      'issue_comment.created',
      'ref.updated',
      'pull_request.synchronize',
    ]);
    expect(await statusOf(request)).toMatch(/Now: it is merged/);

    const wakeUps = async (...options: string[]): Promise<readonly { seq: number }[]> =>
      (await json<{ wakeUps: readonly { seq: number }[] }>('mr', 'show', nameOf(request), ...options)).wakeUps;
    const all = await wakeUps('--all');
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, at) => at + 1));
    expect(await wakeUps('--why', '--limit', '2')).toEqual(all.slice(-2));
    expect(await wakeUps()).toEqual([]);
  }, 240_000);

  it('mends and merges a request from a fork that lets maintainers push: in that branch of the fork, and nowhere else', async () => {
    const { world, here, json, stands } = cli;
    // Called as a branch of the repository is, as many strangers do.
    const request = await world.open(here, { jobs: NEEDS_GOOD, fork: { of: 'stranger' }, branch: 'main' });
    const { place, number, bench } = request;
    const fork = { owner: 'stranger', repo: place.repo };
    const tipOf = async (at: typeof fork) => (await rest('reader').git.getRef({ ...at, ref: 'heads/main' })).data.object.sha;
    const before = await tipOf(place);
    request.hear();
    expect(await json('mr', 'adopt', nameOf(request))).toMatchObject({ state: 'began', policy: 'merge' });
    await stands(request, 'approval-missing');
    const mended = await request.head();
    expect([await tipOf(fork), await tipOf(place)]).toEqual([mended, before]);
    const { data: commits } = await rest('reader').pulls.listCommits({ ...place, pull_number: number });
    expect(commits.map(({ commit }) => commit.message.split('\n')[0])).toEqual([
      expect.stringContaining('Change change.txt'),
      'fix: make it good',
    ]);
    // Its author may ask for nothing, and push as everybody may who has the branch.
    await rest('stranger').issues.createComment({ ...place, issue_number: number, body: 'Please rename it as well.' });
    await bench.git('fetch', '-q', world.forge.remote(fork, 'stranger'), 'main');
    await bench.git('checkout', '-q', '--detach', 'FETCH_HEAD');
    await bench.git('commit', '-q', '--allow-empty', '-m', 'By its author');
    await bench.git('push', '-q', world.forge.remote(fork, 'stranger'), 'HEAD:main');
    await stands(request, 'person-has-pushed');
    const theirs = await tipOf(fork);
    await json('approve', `go-on/${request.id}/${theirs}`);
    await stands(request, 'approval-missing');
    expect(await here.store.ledger.settled({ prefix: `${request.id}/take/` })).toEqual([]);

    await request.approve();
    await until('its owner ends', async () => (await cli.shown(request)).custody.state === 'ended', 60);
    expect(await cli.shown(request)).toMatchObject({ merged: { by: 'writer' } });
    expect(await tipOf(fork)).toBe(theirs);
    const inBase = (await bench.effects('ref.updated')).filter(
      ({ actor, repository }) => actor === 'writer' && repository === `${place.owner}/${place.repo}`,
    );
    expect(inBase).toHaveLength(1 + 1); // what the test itself has pushed, and the merge
  }, 240_000);

  it('goes on in the fork where the machine is lost before it has pushed there: worktree, mirror and commit are made again', async () => {
    const { world, here, signalbox, json, stands } = cli;
    const request = await world.open(here, { jobs: NEEDS_GOOD, fork: { of: 'stranger' }, branch: 'main' });
    const { place, number, bench } = request;
    const fork = { owner: 'stranger', repo: place.repo };
    request.hear();
    await writeFile(join(here.data, 'kill-at'), `hold before ${request.id} actOnMergeRequestHost push`);
    await json('mr', 'adopt', nameOf(request), '--policy', 'fix');
    const held = () => readFile(join(here.data, 'held'), 'utf8').catch(() => '');
    await until('it is about to push', async () => (await held()).includes(request.id), 60);
    await Promise.all(here.workers().map((worker) => worker.kill()));
    await rm(here.git.root, { recursive: true });
    await writeFile(join(here.data, 'kill-at'), '');
    await here.startWorker();

    await stands(request, 'left-to-people');
    const { data: tip } = await rest('stranger').git.getRef({ ...fork, ref: 'heads/main' });
    expect(tip.object.sha).toBe(await request.head());
    expect((await bench.pull(number)).commits).toBe(2);
    expect((await bench.effects('pull_request.synchronize')).map(({ actor }) => actor)).toEqual(['writer']);
    await signalbox('mr', 'release', nameOf(request));
  }, 240_000);

  it('only watches a request from a fork that takes no pushes, or whose code would run here without a sandbox, until that is mended', async () => {
    const { world, here, signalbox, withSettings, json, stands } = cli;
    const request = await world.open(here, { jobs: NEEDS_GOOD, fork: { of: 'stranger', closed: true } });
    const { place, number } = request;
    request.hear();
    const adopt = ['mr', 'adopt', nameOf(request)];
    for (const policy of ['fix', 'merge'])
      expect(await signalbox(...adopt, '--policy', policy)).toMatchObject({
        code: 1,
        err: expect.stringContaining(
          `The branch of ${nameOf(request)} is in stranger/${place.repo}, and its author has not let maintainers push there. Ask for "Allow edits by maintainers" on the request, or hand it over with --policy watch.`,
        ),
      });
    expect(await json(...adopt, '--policy', 'watch')).toMatchObject({ state: 'began', policy: 'watch' });
    await stands(request, 'watched-unmet');
    await rest('stranger').pulls.update({ ...place, pull_number: number, maintainer_can_modify: true });
    expect(await withSettings({ SIGNALBOX_UNSANDBOXED: 'true' }, ...adopt, '--policy', 'fix')).toMatchObject({
      code: 1,
      err: expect.stringContaining(`is code of stranger/${place.repo}, and would run here without a sandbox`),
    });
    // Its author takes it back when all but the push is done.
    await writeFile(join(here.data, 'kill-at'), 'hold before actOnMergeRequestHost push');
    expect(await json(...adopt, '--policy', 'fix')).toMatchObject({ state: 'policy', policy: 'fix' });
    await until('it is about to push', async () => (await readFile(join(here.data, 'held'), 'utf8')).includes(request.id), 60);
    await rest('stranger').pulls.update({ ...place, pull_number: number, maintainer_can_modify: false });
    await writeFile(join(here.data, 'kill-at'), '');
    const item = await until(
      'a person is told',
      async () =>
        (await here.store.outbox.waiting({ askedBy: request.id })).find(({ question }) =>
          question.includes(`The branch is in a fork that takes no pushes of the token any more (stranger/${place.repo}: `),
        ),
      60,
    );
    expect(item.question).toContain('Ask the author for "Allow edits by maintainers" on the request');
    await rest('stranger').pulls.update({ ...place, pull_number: number, maintainer_can_modify: true });
    await json('confirm', item.id);
    await stands(request, 'left-to-people');
    expect((await request.bench.pull(number)).commits).toBe(2);
    await signalbox('mr', 'release', nameOf(request));
  }, 240_000);

  it('refuses what cannot be handed over, and says what to do', async () => {
    const { world, here, signalbox } = cli;
    const request = await world.open(here, { by: 'owner' });
    const { place, number } = request;
    const says = async (code: number, text: string | RegExp, ...args: string[]): Promise<void> =>
      expect(await signalbox('mr', ...args)).toMatchObject({ code, err: expect.stringMatching(text) });
    await says(1, /There is no policy "all"; there are watch, fix, merge/, 'adopt', nameOf(request), '--policy', 'all');
    await says(1, 'owner/repo#7', 'adopt', 'app');
    await says(4, 'shows no request', 'adopt', `${place.owner}/${place.repo}#999`);
    await says(4, /Nobody has handed .* over\. "signalbox mr adopt/, 'pause', nameOf(request));
    await says(4, 'Nobody has handed', 'show', nameOf(request));
    await rest('owner').pulls.update({ ...place, pull_number: number, state: 'closed' });
    await says(1, /is closed\. Only an open request/, 'adopt', nameOf(request));
  }, 120_000);
});
