// Requests taken back by the command line, for a while or for good, on real parts. What Signalbox did to them is counted in the forge.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTask } from '../../../src/activities/task/start.ts';
import { taskId } from '../../../src/contracts/task.ts';
import { nameOf, requestCli, type RequestCli, type Shown } from '../../support/request-cli.ts';
import { FIRST_RUN_MS } from '../../support/temporal.ts';
import { until } from '../../support/until.ts';

let cli: RequestCli;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-mr-hands-'));
  cli = await requestCli(async ({ forge }) => {
    await forge.addUser('robot');
    const file = join(folder, 'identities.yaml');
    await writeFile(file, 'identities: [{ name: bot, token: $BOT_TOKEN }]');
    return { SIGNALBOX_IDENTITIES: file, BOT_TOKEN: forge.tokens['robot'] ?? '' };
  });
}, FIRST_RUN_MS);

afterAll(async () => {
  await cli.end();
  await rm(folder, { recursive: true });
});

const rest = (login: string) => cli.world.forge.as(login).rest;

describe('signalbox mr', () => {
  it.concurrent(
    'touches nothing from the moment it is paused, also what was decided before, and goes on when it is resumed',
    async () => {
      const { world, here, signalbox, json, stands, touched } = cli;
      const request = await world.open(here);
      await writeFile(join(here.data, 'kill-at'), 'hold before actOnMergeRequest askMerge');
      const owner = await request.own();
      await stands(request, 'approval-missing');
      await request.approve();
      await until('the merge is decided on', async () => (await readFile(join(here.data, 'held'), 'utf8')).includes(request.id), 60);
      expect(await json('mr', 'pause', nameOf(request), '--reason', 'the release is near')).toMatchObject({
        state: 'paused',
        changed: true,
      });
      await writeFile(join(here.data, 'kill-at'), '');
      await stands(request, 'paused');
      expect(await here.store.merges.of({ request: request.id })).toEqual([]);
      expect((await signalbox('mr', 'pause', nameOf(request))).out).toMatch(/is paused; \S+ had said so/);
      expect((await signalbox('explain', request.id)).out).toMatch(/paused[^]*the release is near/);

      const before = (await touched(request)).length;
      const { place, number } = request;
      await rest('owner').issues.createComment({ ...place, issue_number: number, body: 'Please rename it.' });
      await owner.look();
      await stands(request, 'paused');
      expect((await touched(request)).slice(before)).toEqual([]);
      expect(await json('mr', 'resume', nameOf(request))).toMatchObject({ state: 'active', changed: true });
      await stands(request, 'approval-missing');
      await request.approve();
      expect(await owner.result()).toMatchObject({ outcome: 'merged' });
      expect((await signalbox('mr', 'show', nameOf(request))).out).toMatch(/pause +the release is near[^]*resume/);
      expect(await signalbox('mr', 'resume', nameOf(request))).toMatchObject({
        code: 1,
        err: expect.stringContaining('not in our hands any more'),
      });
    },
    240_000,
  );

  it.concurrent(
    'gives a request back for good, saying so once, and has keys of its own when it is handed over again',
    async () => {
      const { world, here, signalbox, json, stands } = cli;
      const request = await world.open(here, { by: 'owner' });
      const { place, number } = request;
      request.hear();
      await json('mr', 'adopt', nameOf(request), '--policy', 'fix');
      await stands(request, 'left-to-people');
      await rest('owner').issues.createComment({ ...place, issue_number: number, body: 'Please take long.' });
      const session = here.client.workflow.getHandle(`${request.id}/answer/1`);
      await until('the session runs', async () => (await session.describe()).status.name === 'RUNNING', 60);
      expect(await json('mr', 'release', nameOf(request))).toMatchObject({ state: 'released' });
      await until(
        'its owner ends',
        async () => (await here.client.workflow.getHandle(request.id).describe()).status.name === 'COMPLETED',
        60,
      );
      expect((await session.describe()).status.name).toBe('CANCELLED');
      const said = async (): Promise<string[]> =>
        (await rest('owner').issues.listComments({ ...place, issue_number: number })).data
          .filter(({ user }) => user?.login === 'writer')
          .map(({ body }) => body ?? '');
      expect((await said()).filter((body) => body.includes('has taken this back'))).toHaveLength(1);
      expect(await signalbox('mr', 'pause', nameOf(request))).toMatchObject({ code: 1, err: expect.stringContaining('mr adopt') });

      expect(await json('mr', 'adopt', nameOf(request))).toMatchObject({ state: 'began', policy: 'merge', generation: 2 });
      await stands(request, 'approval-missing');
      const head = await request.head();
      const done = await here.store.ledger.settled({ prefix: `${request.id}@2/` });
      expect(done.length).toBeGreaterThan(0);
      await until(
        'approval is asked for',
        async () => (await signalbox('approve', `approve/${request.id}/${head}`, '--head', head)).code === 0,
      );
      await until('it is merged', async () => (await request.bench.pull(number)).merged, 60);
      // The new hand-over goes on with the status comment of the one before.
      expect((await said()).filter((body) => body.includes('Kept up to date in place'))).toEqual([
        expect.stringContaining('until it is merged'),
      ]);
      const trace = await here.store.decisions.trace({ workflow: request.id, after: 0, limit: 1_000 });
      expect((await signalbox('mr', 'show', nameOf(request), '--why')).out).toMatch(/seen .*head: [0-9a-f]{12}|rule .*all-gates-pass/);
      const explained = (await signalbox('explain', request.id)).out;
      expect(explained).toMatch(/begin \(fix\)[^]*release[^]*begin \(merge\)[^]*all-gates-pass/);
      expect(trace.map(({ rule }) => rule)).toEqual(
        expect.arrayContaining(['release-unsaid', 'released', 'not-reviewed', 'all-gates-pass']),
      );
    },
    240_000,
  );

  it.concurrent(
    'hands a request over as another identity, which knows what was said before as ours: nothing of it is answered, or said again',
    async () => {
      const { world, here, signalbox, json, stands } = cli;
      const request = await world.open(here, { by: 'owner' });
      const { place, number, bench } = request;
      request.hear();
      const { data: invited } = await rest('owner').repos.addCollaborator({ ...place, username: 'robot', permission: 'push' });
      await rest('robot').repos.acceptInvitationForAuthenticatedUser({ invitation_id: invited.id });
      const pull = { ...place, pull_number: number };
      const at = { commit_id: await request.head(), path: 'change.txt', line: 1, side: 'RIGHT' as const };
      const { data: first } = await rest('owner').pulls.createReviewComment({ ...pull, ...at, body: 'Please rename it.' });
      const repliesOf = async (login: string): Promise<number> =>
        (await rest('owner').pulls.listReviewComments(pull)).data.filter(({ user }) => user.login === login).length;
      await json('mr', 'adopt', nameOf(request), '--policy', 'fix');
      await until('it is answered', async () => (await repliesOf('writer')) === 1, 60);
      await stands(request, 'left-to-people');
      expect(await signalbox('mr', 'adopt', nameOf(request), '--as', 'bot')).toMatchObject({
        code: 1,
        err: expect.stringContaining('"signalbox mr release" first'),
      });
      await signalbox('mr', 'release', nameOf(request));

      expect(await json('mr', 'adopt', nameOf(request), '--policy', 'fix', '--as', 'bot')).toMatchObject({ state: 'began', generation: 2 });
      await stands(request, 'left-to-people');
      // We had resolved the thread: what people say there later is heard all the same, and it is all that is new.
      await rest('owner').pulls.createReplyForReviewComment({ ...pull, comment_id: first.id, body: 'Please add a test as well.' });
      await until('that is answered', async () => (await repliesOf('robot')) > 0, 60);
      await stands(request, 'left-to-people');
      expect([await repliesOf('writer'), await repliesOf('robot')]).toEqual([1, 1]);
      const taken = await here.store.ledger.settled({ prefix: `${request.id}@2/take/` });
      expect(taken.map(({ outcome }) => outcome)).toMatchObject([{ result: { comments: [expect.stringMatching(/^thread-/)] } }]);
      const asked = await here.store.ledger.settled({ prefix: `${request.id}/triage/` });
      expect(asked).toEqual([]);
      const pushes = (await bench.effects('pull_request.synchronize')).map(({ actor }) => actor);
      expect(pushes).toEqual(['writer', 'robot']);
      await rest('owner').pulls.merge(pull);
      await until('its owner ends', async () => (await cli.shown(request)).custody.state === 'ended', 60);
    },
    240_000,
  );

  it.concurrent(
    'pauses the request of a task that is killed',
    async () => {
      const { world, here, signalbox, json } = cli;
      const { owner, repo } = await world.forge.repository();
      const { data: issue } = await rest('owner').issues.create({ owner, repo, title: 'Do it', body: 'Please.' });
      const task = { workspace: 'test', owner, repo, issue: issue.number, goal: null, generation: 1 } as const;
      await startTask(here, task, here.host, 'delivery');
      const custody = await until(
        'the request is handed over',
        async () => (await here.store.custody.all({})).find((one) => one.task === taskId(task)),
        120,
      );
      await until('it is assessed', async () => (await here.store.decisions.last({ workflow: custody.request })) > 0, 60);
      await signalbox('kill', taskId(task), '--reason', 'enough');
      const name = `${owner}/${repo}#${custody.request.split('/').at(-1)}`;
      expect(await json('mr', 'show', name)).toMatchObject({ custody: { state: 'paused', by: taskId(task) }, runs: true });
      await until('it rests', async () => (await json<Shown>('mr', 'show', name)).last?.rule === 'paused', 60);
      expect(await json('mr', 'resume', name)).toMatchObject({ state: 'active' });
      await until('it goes on', async () => (await json<Shown>('mr', 'show', name)).last?.rule !== 'paused', 60);
      await signalbox('kill', custody.request);
    },
    240_000,
  );

  it('ends all that runs in a workspace when told so twice: sessions and what requests run are killed, requests rest', async () => {
    const { world, here, signalbox, json, stands } = cli;
    const request = await world.open(here);
    await request.own();
    await stands(request, 'approval-missing');
    await rest('owner').issues.createComment({ ...request.place, issue_number: request.number, body: 'Please take long.' });
    const [answering, alone] = [
      here.client.workflow.getHandle(`${request.id}/answer/1`),
      await here.startSession('session/alone', { prompt: 'Please take long.' }),
    ];
    await until('the session runs', async () => (await answering.describe()).status.name === 'RUNNING', 60);
    await here.startSession('session/elsewhere', { prompt: 'Please take long.' }, 'elsewhere');

    expect(await signalbox('kill')).toMatchObject({ code: 1, err: expect.stringContaining('What shall end?') });
    expect(await signalbox('kill', '--workspace', 'test')).toMatchObject({ code: 1, err: expect.stringContaining('Say --yes') });
    expect((await alone.describe()).status.name).toBe('RUNNING');
    const ended = async (...args: string[]) => {
      const { code, out, err } = await signalbox('kill', ...args, '--yes', '--json', '--reason', 'enough');
      expect({ code, err }).toEqual({ code: 0, err: '' });
      return out.split('\n').map((line) => JSON.parse(line) as { id: string; outcome: string });
    };
    const killed = await ended('--workspace', 'test');
    expect(killed).toHaveLength(3);
    expect(killed).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: request.id, outcome: 'paused' }),
        expect.objectContaining({ id: answering.workflowId, outcome: 'cancelled' }),
        expect.objectContaining({ id: 'session/alone', outcome: 'cancelled' }),
      ]),
    );
    expect((await answering.describe()).status.name).toBe('CANCELLED');
    await stands(request, 'paused');
    expect(await json('mr', 'show', nameOf(request))).toMatchObject({ custody: { state: 'paused' }, runs: true });
    expect(await ended('--all')).toMatchObject([{ outcome: 'paused' }, { id: 'session/elsewhere', outcome: 'cancelled' }]);
    expect((await signalbox('kill', '--workspace', 'nowhere')).out).toBe('Nothing runs that could be killed.');
  }, 240_000);
});
