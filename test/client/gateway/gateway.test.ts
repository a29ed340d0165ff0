// The gateway as a process of its own: webhooks of a real forge wake workflows of a real server; what was accepted survives kill -9.
import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { freePort } from '../../../devkit/temporal/free-port.ts';
import { LOOK } from '../../../src/contracts/signals.ts';
import { forgeHost, mergeLaneId, mergeRequestId } from '../../../src/contracts/work.ts';
import { startTestForge, type TestForge } from '../../forge/harness.ts';
import { workbench, type Workbench } from '../../forge/pull-request-support.ts';
import { install, type Installation } from '../../support/installation.ts';
import { FIRST_RUN_MS } from '../../support/temporal.ts';
import { until } from '../../support/until.ts';

const SECRET = 'a secret of this test';
const HOOK_SECRET = 'another secret of this test';
const HOOK = 'webhooks: [{ id: alerts, secret: $HOOK_SECRET, repository: owner/alerts, pipeline: quick, identity: bot }]';
const IDENTITIES = 'identities: [{ name: bot, token: $BOT_TOKEN, for: [requests] }]';
const PROGRAM = fileURLToPath(new URL('../../../src/client/gateway/main.ts', import.meta.url));
let forge: TestForge;
let here: Installation;
let bench: Workbench;
let port: number;
let gateway: ChildProcess | undefined;

beforeAll(async () => {
  forge = await startTestForge({ checked: false });
  here = await install({ modelUrl: 'http://127.0.0.1:9' });
  bench = await workbench(forge);
  writeFileSync(join(here.data, 'triggers.yaml'), HOOK);
  writeFileSync(join(here.data, 'identities.yaml'), IDENTITIES);
  port = await freePort();
  const config = { url: `http://127.0.0.1:${port}/webhooks/github`, content_type: 'json', secret: SECRET };
  await forge.as('owner').rest.repos.createWebhook({ ...bench.place, config, events: ['*'] });
}, FIRST_RUN_MS);

afterAll(async () => {
  gateway?.kill('SIGKILL');
  await here.end();
  await forge.stop();
  bench.dispose();
});

/** Starts the gateway; it answers when this returns. */
async function startGateway(temporal?: string): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM], { stdio: ['ignore', 'inherit', 'inherit'], env: environment(temporal) });
  gateway = child;
  await until('the gateway answers', async () => ((await health()) as { pid: number }).pid === child.pid);
}

function environment(temporal?: string): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return {
    PATH,
    HOME,
    SIGNALBOX_DATA: here.data,
    SIGNALBOX_WEBHOOK_SECRET: SECRET,
    SIGNALBOX_GATEWAY_PORT: `${port}`,
    GITHUB_API_URL: forge.url,
    GITHUB_TOKEN: forge.tokens['writer'] ?? '',
    SIGNALBOX_LOG_LEVEL: 'error',
    // Those of GitHub's own examples: they may start tasks.
    SIGNALBOX_REPOSITORIES: 'Codertocat/Hello-World',
    SIGNALBOX_TRIGGERS: join(here.data, 'triggers.yaml'),
    HOOK_SECRET,
    SIGNALBOX_IDENTITIES: join(here.data, 'identities.yaml'),
    BOT_TOKEN: forge.tokens['writer'] ?? '',
    TEMPORAL_ADDRESS: temporal ?? here.address,
    TEMPORAL_NAMESPACE: here.client.options.namespace,
  };
}

const health = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}/health`)).json();

async function kill(): Promise<void> {
  const ended = new Promise((resolve) => gateway?.once('exit', resolve));
  gateway?.kill('SIGKILL');
  await ended;
}

/** A workflow that nobody works on: its history shows each time that it was told to look. */
async function listener(workflowId: string): Promise<() => Promise<number>> {
  const handle = await here.client.workflow.start('listener', { workflowId, taskQueue: 'nobody', args: [] });
  return async () => {
    const { events } = await handle.fetchHistory();
    return (events ?? []).filter(({ workflowExecutionSignaledEventAttributes: told }) => told?.signalName === LOOK).length;
  };
}

const ref = (number: number) => ({ host: forgeHost(forge.url), ...bench.place, number });

const signature = (body: string, secret: string): string => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** What the gateway answers to a payload of GitHub: the status, and what became of it. */
async function send(event: string, body: string, more: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/webhooks/github`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': signature(body, SECRET),
      ...more,
    },
  });
  const { state } = (await response.json()) as { state?: string };
  return [response.status, ...(state === undefined ? [] : [state])].join(' ');
}

async function deliver(number: number, id: string = randomUUID()): Promise<number> {
  const body = JSON.stringify({ repository: { full_name: `${bench.place.owner}/${bench.place.repo}` }, pull_request: { number } });
  return Number((await send('pull_request', body, { 'x-github-delivery': id })).split(' ')[0]);
}

const passedOn = () => until('all is passed on', async () => (await here.store.deliveries.due({ limit: 1 })).length === 0, 60);
const everything = async (): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { workflowId } of here.client.workflow.list()) ids.push(workflowId);
  return ids.sort();
};

describe('the gateway', () => {
  it('says which setting to change where its port is taken', async () => {
    await startGateway();
    const { exitCode, stderr } = await execa(process.execPath, [PROGRAM], { env: environment(), extendEnv: false, reject: false });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('SIGNALBOX_GATEWAY_PORT gives the gateway another port')]);
    await kill();
  }, 60_000);

  it('wakes the owner of a request for what happens on the forge, also by commit alone', async () => {
    await startGateway();
    const pull = await bench.open('feature');
    const looked = await listener(mergeRequestId(ref(pull.number)));
    await forge.as('reader').rest.issues.createComment({ ...bench.place, issue_number: pull.number, body: 'Hm.' });
    await until('it was woken by the comment', async () => (await looked()) > 0);
    const before = await looked();
    await forge.as('writer').rest.repos.createCommitStatus({ ...bench.place, sha: pull.head.sha, state: 'success', context: 'ci' });
    await until('it was woken by the status', async () => (await looked()) > before);
  });

  it('wakes the owners of requests whose base or branch was pushed to', async () => {
    const [into, from] = [await bench.open('into'), await bench.open('from')];
    const other = await bench.commit('elsewhere', { 'x.txt': 'x' });
    expect(other).not.toBe('');
    const [lookedInto, lookedFrom] = [await listener(mergeRequestId(ref(into.number))), await listener(mergeRequestId(ref(from.number)))];
    const push = (branch: string): Promise<string> =>
      send('push', JSON.stringify({ ref: `refs/heads/${branch}`, repository: { full_name: `${bench.place.owner}/${bench.place.repo}` } }));
    expect(await push('from')).toBe('202 accepted');
    await until('the one of the branch was woken', async () => (await lookedFrom()) > 0);
    expect(await push('elsewhere')).toBe('202 accepted');
    await passedOn();
    expect(await lookedInto()).toBe(0);
    expect(await push('main')).toBe('202 accepted');
    await until('those into the base were woken', async () => (await lookedInto()) > 0 && (await lookedFrom()) > 1);
  });

  it('starts nothing, and takes one delivery for one however often it comes', async () => {
    const id = randomUUID();
    const looked = await listener(mergeRequestId(ref(900)));
    expect(await deliver(900, id)).toBe(202);
    await until('it was woken', async () => (await looked()) === 1);
    expect(await deliver(900, id)).toBe(202);
    expect(await deliver(901)).toBe(202);
    await passedOn();
    expect(await looked()).toBe(1);
    await expect(here.client.workflow.getHandle(mergeRequestId(ref(901))).describe()).rejects.toThrow('not found');
  });

  it('wakes the merge lane where it has something before it', async () => {
    const lane = mergeLaneId(ref(902));
    const looked = await listener(lane);
    await deliver(902);
    await here.store.merges.ask({
      id: 'ask',
      lane,
      request: mergeRequestId(ref(902)),
      ref: ref(902),
      head: 'c',
      askedBy: 'test',
      context: { ours: true, classification: null, goal: null, escalated: null },
    });
    await deliver(902);
    await until('the lane was woken', async () => (await looked()) > 0);
  });

  it('passes on what it has accepted after a kill -9, also while the server was away', async () => {
    await kill();
    const looked = await listener(mergeRequestId(ref(903)));
    await startGateway(`127.0.0.1:${await freePort()}`);
    const answers = await Promise.all([deliver(903), deliver(903), deliver(904)]);
    expect(answers).toEqual([202, 202, 202]);
    await kill();
    expect(await looked()).toBe(0);
    await startGateway();
    await until('it was woken', async () => (await looked()) > 0);
    await passedOn();
  });
});

describe('what GitHub sends', () => {
  const examples = (
    createRequire(import.meta.url)('@octokit/webhooks-examples/api.github.com/index.json') as { name: string; examples: object[] }[]
  ).flatMap(({ name, examples: all }) => all.map((example) => ({ name, body: JSON.stringify(example) })));
  const HEARD = new Set([
    ...['check_run', 'check_suite', 'workflow_run', 'workflow_job', 'status', 'issues', 'issue_comment', 'push'],
    ...['pull_request', 'pull_request_review', 'pull_request_review_comment', 'pull_request_review_thread'],
  ]);

  it('is accepted or ignored, each of its 329 examples, starts nothing and holds up nothing', async () => {
    const before = await everything();
    expect(examples).toHaveLength(329);
    const answers = await Promise.all(examples.map(async ({ name, body }) => ({ name, body, answer: await send(name, body) })));
    const isHeard = (name: string, body: string): boolean => HEARD.has(name) && !(name === 'push' && body.includes('"ref":"refs/tags/'));
    const wrong = answers.filter(({ name, body, answer }) => answer !== (isHeard(name, body) ? '202 accepted' : '202 ignored'));
    expect(wrong).toEqual([]);
    await passedOn();
    expect(await everything()).toEqual(before);
    expect(await here.store.sources.open({ source: 'Codertocat/Hello-World#1' })).toEqual([]);
    expect(await here.store.events.after({ seq: 0, limit: 1_000 })).not.toContainEqual(
      expect.objectContaining({ kind: expect.stringMatching(/^(trigger|source)\./) }),
    );
    const looked = await listener(mergeRequestId(ref(905)));
    await deliver(905);
    await until('what comes after is passed on', async () => (await looked()) === 1);
  }, 120_000);

  it('does no harm under any other name, unsigned, cut, or as no payload at all', async () => {
    const before = await everything();
    const names = [...HEARD, 'nonsense', '__proto__'];
    const answers = new Set<string>();
    for (const [at, { body }] of examples.entries()) {
      const event = names[at % names.length] ?? '';
      answers.add(await send(event, body));
      expect(await send(event, body, { 'x-hub-signature-256': signature(body, 'a guess') })).toBe('401');
      if (at % 20 > 0) continue;
      expect(await send(event, body.slice(0, -5))).toBe('400');
      expect(await send(event, body.replaceAll('"full_name":"', '"full_name":"../'))).toMatch(/^(202 ignored|400)$/);
    }
    expect([...answers].sort()).toEqual(expect.arrayContaining(['202 accepted', '202 ignored', '400']));
    expect([...answers].filter((answer) => !['202 accepted', '202 ignored', '400'].includes(answer))).toEqual([]);
    const large = JSON.stringify({ padding: 'x'.repeat(26 * 1024 * 1024) });
    expect(await send('issues', large)).toBe('413');
    for (const body of ['', 'null', '[]', '7', '"text"']) expect(await send('issues', body)).toBe('400');
    await passedOn();
    expect(await everything()).toEqual(before);
  }, 120_000);
});

describe('a webhook of another system', () => {
  const message = (goal: string): string => JSON.stringify({ goal });
  const say = async (body: string, id: string): Promise<number> => {
    const headers = { 'webhook-id': id, 'x-signature-256': signature(body, HOOK_SECRET) };
    return (await fetch(`http://127.0.0.1:${port}/webhooks/alerts`, { method: 'POST', body, headers })).status;
  };
  const tasks = async (): Promise<string[]> => (await everything()).filter((id) => id.startsWith('task/default/owner/alerts/goal-'));

  it('starts one task for a message, also when it comes twice and the gateway is killed before the start', async () => {
    expect([await say(message('Mend the roof.'), '1'), await say(message('Mend the roof.'), '1')]).toEqual([202, 202]);
    await until('its task is there', async () => (await tasks()).length === 1);
    await kill();
    await startGateway(`127.0.0.1:${await freePort()}`);
    expect(await say(message('Mend the door.'), '2')).toBe(202);
    await kill();
    expect(await tasks()).toHaveLength(1);
    await startGateway();
    await until('its task is there', async () => (await tasks()).length === 2, 60);
    await passedOn();
    expect(await say('{}', '3')).toBe(422);
    const begun = await tasks();
    expect(begun).toHaveLength(2);
    for (const id of begun) {
      const { events } = await here.client.workflow.getHandle(id).fetchHistory();
      const [input] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
      expect(JSON.parse(Buffer.from(input?.data ?? []).toString())).toMatchObject({ task: { as: 'bot:requests' } });
    }
  }, 120_000);
});
