// The label that lets work begin, on real parts: told by webhooks, found by polls, and by both at once; each time that it is put on is one task.
// And what else polls find.
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../../../devkit/temporal/free-port.ts';
import { searchAttributes } from '../../../src/contracts/search-attributes.ts';
import { LOOK } from '../../../src/contracts/signals.ts';
import { READY_LABEL } from '../../../src/contracts/trigger.ts';
import { forgeHost, mergeRequestId, repositoryId } from '../../../src/contracts/work.ts';
import { startTestForge, type TestForge } from '../../forge/harness.ts';
import { workbench } from '../../forge/pull-request-support.ts';
import { install, type Installation } from '../../support/installation.ts';
import { FIRST_RUN_MS } from '../../support/temporal.ts';
import { until } from '../../support/until.ts';

const SECRET = 'a secret of this test';
const PROGRAM = fileURLToPath(new URL('../../../src/client/gateway/main.ts', import.meta.url));
/** Told of by webhooks; found by polls; both. The gateway and the worker watch what they are to tell of. */
const [HOOKED, POLLED, BOTH] = ['hooked', 'polled', 'both'];
const watched = (...names: string[]): string => names.map((name) => `owner/${name}`).join(',');
let forge: TestForge;
let here: Installation;
let port: number;
let gateway: ChildProcess | undefined;

beforeAll(async () => {
  forge = await startTestForge({ checked: false });
  const env = { GITHUB_API_URL: forge.url, GITHUB_TOKEN: forge.tokens['writer'] ?? '' };
  here = await install({ modelUrl: 'http://127.0.0.1:9', env: { ...env, SIGNALBOX_POLL_SECONDS: '1' } });
  port = await freePort();
  const config = { url: `http://127.0.0.1:${port}/webhooks/github`, content_type: 'json', secret: SECRET };
  for (const repo of [HOOKED, POLLED, BOTH]) {
    await forge.repository(repo);
    if (repo !== POLLED) await forge.as('owner').rest.repos.createWebhook({ owner: 'owner', repo, config, events: ['*'] });
  }
  await startGateway();
}, FIRST_RUN_MS);

afterAll(async () => {
  gateway?.kill('SIGKILL');
  await here.end();
  await forge.stop();
});

async function startGateway(temporal?: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [PROGRAM], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      PATH,
      HOME,
      SIGNALBOX_DATA: here.data,
      SIGNALBOX_WEBHOOK_SECRET: SECRET,
      SIGNALBOX_GATEWAY_PORT: `${port}`,
      GITHUB_API_URL: forge.url,
      GITHUB_TOKEN: forge.tokens['writer'] ?? '',
      SIGNALBOX_LOG_LEVEL: 'error',
      SIGNALBOX_HOST: here.host,
      SIGNALBOX_REPOSITORIES: watched(HOOKED, BOTH),
      TEMPORAL_ADDRESS: temporal ?? here.address,
      TEMPORAL_NAMESPACE: here.client.options.namespace,
      ...more,
    },
  });
  gateway = child;
  await until('the gateway answers', async () => {
    const health = (await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as { pid: number };
    return health.pid === child.pid;
  });
}

async function kill(): Promise<void> {
  const ended = new Promise((resolve) => gateway?.once('exit', resolve));
  gateway?.kill('SIGKILL');
  await ended;
}

async function issue(repo: string): Promise<{ owner: string; repo: string; issue_number: number }> {
  const { data } = await forge.as('reader').rest.issues.create({ owner: 'owner', repo, title: 'Do it' });
  return { owner: 'owner', repo, issue_number: data.number };
}
type Issue = Awaited<ReturnType<typeof issue>>;
const label = (at: Issue, login = 'writer') => forge.as(login).rest.issues.addLabels({ ...at, labels: [READY_LABEL] });
const unlabel = (at: Issue) => forge.as('writer').rest.issues.removeLabel({ ...at, name: READY_LABEL });
const tries = ({ owner, repo, issue_number }: Issue) =>
  here.store.sources.generations({ workspace: 'default', source: `${owner}/${repo}#${issue_number}` });
const runs = async ({ owner, repo, issue_number }: Issue, generation = 1): Promise<boolean> => {
  const handle = here.client.workflow.getHandle(`task/default/${owner}/${repo}/${issue_number}/${generation}`);
  return (await handle.describe()).status.name === 'RUNNING';
};
/** What became of the times that the label was put on. */
const outcomes = async ({ owner, repo, issue_number }: Issue): Promise<string[]> => {
  const events = await here.store.events.after({ seq: 0, limit: 10_000 });
  return events.filter(({ subject }) => subject.includes(`/${owner}/${repo}#${issue_number}/`)).map(({ kind }) => kind);
};
const passedOn = () => until('all is passed on', async () => (await here.store.deliveries.due({ limit: 1 })).length === 0);

describe('the label that lets work begin', () => {
  it('starts a task by webhook, once however often it is told of', async () => {
    const at = await issue(HOOKED);
    await label(at);
    await until('the task runs', () => runs(at));
    // Everything that happens to the issue is told of with its labels.
    await forge.as('reader').rest.issues.update({ ...at, body: 'More.' });
    await forge.as('writer').rest.issues.addLabels({ ...at, labels: ['bug'] });
    await passedOn();
    expect(await tries(at)).toHaveLength(1);
    expect((await outcomes(at)).filter((kind) => kind.startsWith('trigger.'))).toEqual(['trigger.started']);
  });

  it('is not heard from who may label and not write, nor for what is not watched', async () => {
    const at = await issue(HOOKED);
    await forge.as('owner').rest.repos.addCollaborator({ owner: 'owner', repo: HOOKED, username: 'reader', permission: 'triage' });
    await label(at, 'reader');
    await until('it was refused', async () => (await outcomes(at)).includes('trigger.refused'));
    const other = await issue(POLLED);
    await label(other);
    await passedOn();
    expect([await tries(at), await tries(other)]).toEqual([[], []]);
  });

  it('is told of after a kill -9 between its acceptance and the start, and starts one task', async () => {
    await kill();
    await startGateway(`127.0.0.1:${await freePort()}`);
    const at = await issue(HOOKED);
    await label(at);
    await until('it is accepted', async () => (await here.store.deliveries.due({ limit: 10 })).some(({ concerns }) => concerns.ready));
    await kill();
    await startGateway();
    await until('the task runs', () => runs(at));
    await passedOn();
    expect(await tries(at)).toHaveLength(1);
  });

  it('begins as the identity that the installation names for what names none', async () => {
    const file = join(here.data, 'identities.yaml');
    await writeFile(file, 'identities: [{ name: bot, token: $BOT_TOKEN }]');
    await kill();
    const token = forge.tokens['writer'] ?? '';
    await startGateway(undefined, { SIGNALBOX_IDENTITIES: file, BOT_TOKEN: token, SIGNALBOX_IDENTITY: 'bot' });
    const at = await issue(HOOKED);
    await label(at);
    await until('the task runs', () => runs(at));
    expect(await tries(at)).toMatchObject([{ as: 'bot:commits,requests,comments,merges' }]);
    await kill();
    await startGateway();
  });

  it('is found by the poll where no webhook tells, and is one task where both do', async () => {
    const early = await issue(POLLED);
    await label(early);
    await here.startWorker({ SIGNALBOX_REPOSITORIES: watched(POLLED, BOTH) });
    await until('what was ready before the first poll runs', () => runs(early), 60);
    const [late, both] = [await issue(POLLED), await issue(BOTH)];
    await Promise.all([label(late), label(both)]);
    await until('what is ready now runs', async () => (await runs(late)) && runs(both), 60);
    const repository = `${new URL(forge.url).host}/owner/${BOTH}`;
    const cursor = async () => (await here.store.polls.find({ repository }))?.cursor as { seen: Record<string, string> } | undefined;
    await until('it was polled', async () => (await cursor())?.seen[both.issue_number] !== undefined, 60);
    expect([await tries(early), await tries(late), await tries(both)].map(({ length }) => length)).toEqual([1, 1, 1]);
  }, 120_000);

  it('starts another try when it is put on again after the end, and none while an old one is there', async () => {
    const at = await issue(BOTH);
    await label(at);
    await until('the task runs', () => runs(at));
    await forge.as('owner').rest.issues.update({ ...at, state: 'closed' });
    await until('its end is known', async () => (await tries(at))[0]?.outcome === 'closed', 60);
    await forge.as('owner').rest.issues.update({ ...at, state: 'open' });
    await passedOn();
    expect(await tries(at)).toHaveLength(1);
    await unlabel(at);
    await label(at);
    await until('another try runs', () => runs(at, 2));
    expect(await tries(at)).toHaveLength(2);
  }, 120_000);

  it('starts nothing while a request of ours for the issue is open, and says so once', async () => {
    const at = await issue(BOTH);
    await label(at);
    await until('the task runs', () => runs(at));
    const { data: main } = await forge.as('writer').rest.git.getRef({ owner: 'owner', repo: BOTH, ref: 'heads/main' });
    const branch = `signalbox/issue-${at.issue_number}`;
    const content = Buffer.from('x').toString('base64');
    await forge.as('writer').rest.git.createRef({ owner: 'owner', repo: BOTH, ref: `refs/heads/${branch}`, sha: main.object.sha });
    await forge
      .as('writer')
      .rest.repos.createOrUpdateFileContents({ owner: 'owner', repo: BOTH, path: 'x.txt', message: 'x', content, branch });
    await forge.as('writer').rest.pulls.create({ owner: 'owner', repo: BOTH, title: 'x', head: branch, base: 'main' });
    await here.client.workflow.getHandle(`task/default/owner/${BOTH}/${at.issue_number}/1`).cancel();
    await until('its end is known', async () => (await tries(at))[0]?.outcome === 'killed', 60);
    await unlabel(at);
    await label(at);
    await until('it was refused', async () => (await outcomes(at)).includes('trigger.refused'));
    await passedOn();
    expect(await tries(at)).toHaveLength(1);
    const notices = (await here.store.outbox.waiting({})).filter(({ question }) =>
      question.includes(`#${at.issue_number} has an open request`),
    );
    expect(notices).toHaveLength(1);
  }, 120_000);
});

describe('a poll', () => {
  const repository = (): string => repositoryId({ host: forgeHost(forge.url), owner: 'owner', repo: POLLED });

  it('wakes the owner of a request for what people do, for checks that end while it waits for them, and when its base moves', async () => {
    const bench = await workbench(forge, { place: { owner: 'owner', repo: POLLED } });
    const pull = await bench.open('feature');
    const workflowId = mergeRequestId({ host: forgeHost(forge.url), ...bench.place, number: pull.number });
    const phase = { key: searchAttributes.phase, value: 'waiting for ci' };
    // Nobody works on it: its history shows each time that it was told to look.
    const handle = await here.client.workflow.start('mergeRequest', {
      workflowId,
      taskQueue: 'nobody',
      args: [],
      typedSearchAttributes: [phase],
    });
    const looked = async (): Promise<number> =>
      ((await handle.fetchHistory()).events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes?.signalName === LOOK)
        .length;
    await until('it was found', async () => (await looked()) > 0, 60);
    const state = async () => (await here.store.polls.find({ repository: repository() }))?.cursor as { seen: Record<string, string> };
    const quiet = () => until('all of it is known', async () => (await state()).seen[pull.number] !== undefined, 60);

    await quiet();
    const beforeStatus = await looked();
    await forge.as('writer').rest.repos.createCommitStatus({ ...bench.place, sha: pull.head.sha, state: 'success', context: 'ci' });
    await until('it was woken by the status', async () => (await looked()) > beforeStatus, 60);
    const beforeComment = await looked();
    await forge.as('reader').rest.issues.createComment({ ...bench.place, issue_number: pull.number, body: 'Hm.' });
    await until('it was woken by the comment', async () => (await looked()) > beforeComment, 60);
    await quiet();
    const bases = async () => ((await state()) as unknown as { bases: Record<string, string> }).bases['main'];
    const before = await until('the base is known', bases, 60);
    const beforePush = await looked();
    await bench.commit('main', { 'elsewhere.txt': 'x' }, { login: 'owner' });
    await until('it was woken by the base', async () => (await looked()) > beforePush && (await bases()) !== before, 60);
    await handle.terminate();
    bench.dispose();
  }, 120_000);

  it('costs no quota where nothing has changed, comes later while the forge is in trouble, and is counted', async () => {
    const route = 'issues/list-for-repo';
    const { id } = await forge.control<{ id: number }>('POST', '/_faults', {
      route,
      when: 'before',
      fault: { kind: 'status', status: 500 },
    });
    const failures = async () => (await here.store.polls.find({ repository: repository() }))?.failures ?? 0;
    await until('it has failed', async () => (await failures()) > 0, 60);
    await forge.control('DELETE', `/_faults?id=${id}`);
    await until('it works again', async () => (await failures()) === 0, 60);
    const unchanged = async () => (await here.store.forgeUse.calls({ since: 0 })).reduce((sum, one) => sum + one.unchanged, 0);
    const before = await unchanged();
    await until('more was asked for nothing', async () => (await unchanged()) > before, 60);
    const [core] = await here.store.forgeUse.quotas({});
    expect(core).toMatchObject({ resource: 'core', most: expect.any(Number), remaining: expect.any(Number) });
  }, 120_000);
});
