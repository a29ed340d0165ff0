import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sign } from '@octokit/webhooks-methods';
import { eventually, git, refusal, startTestForge, type TestForge } from './harness.ts';
import { receiveWebhooks, type Receiver } from './webhook-receiver.ts';

let forge: TestForge;
let receiver: Receiver;
let folder: string;
beforeAll(async () => {
  forge = await startTestForge();
  folder = mkdtempSync(path.join(tmpdir(), 'webhooks-'));
});
afterAll(async () => {
  await forge.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  receiver = await receiveWebhooks();
});
afterEach(() => receiver.stop());

const hooks = (login = 'owner'): ReturnType<TestForge['as']>['rest']['repos'] => forge.as(login).rest.repos;

/** Commits and pushes as this person; returns the new commit. */
async function push(repository: { owner: string; repo: string }, login = 'writer', branch = 'main'): Promise<string> {
  const clone = mkdtempSync(path.join(folder, 'clone-'));
  await git(clone, 'clone', '-q', forge.remote(repository, login), '.');
  await git(clone, 'commit', '-q', '--allow-empty', '-m', `Push by ${login}`);
  await git(clone, 'push', '-q', 'origin', `HEAD:refs/heads/${branch}`);
  return git(clone, 'rev-parse', 'HEAD');
}

/** The attempts that the forge lists, once there are so many. */
const deliveries = (repository: { owner: string; repo: string }, hook_id: number, least: number) =>
  eventually(`${least} deliveries`, async () => {
    const { data } = await hooks().listWebhookDeliveries({ ...repository, hook_id, per_page: 100 });
    return data.length >= least && data;
  });

describe('a webhook', () => {
  it('is pinged when it is made, and sees pushes with their commits', async () => {
    const repository = await forge.repository();
    const id = await receiver.subscribe(forge, repository, ['push', 'create']);
    const sha = await push(repository);
    const { payload, headers } = await receiver.first('push');
    expect(payload).toMatchObject({
      ref: 'refs/heads/main',
      after: sha,
      created: false,
      pusher: { name: 'writer' },
      head_commit: { id: sha, message: 'Push by writer' },
      repository: { full_name: `owner/${repository.repo}` },
      sender: { login: 'writer' },
    });
    expect(headers).toMatchObject({
      'x-github-hook-id': String(id),
      'x-github-hook-installation-target-type': 'repository',
      'x-hub-signature': expect.stringMatching(/^sha1=[0-9a-f]{40}$/),
      'user-agent': expect.stringMatching(/^GitHub-Hookshot\//),
    });
    expect(headers['x-github-delivery']).toMatch(/^[0-9a-f-]{36}$/);
    await push(repository, 'writer', 'side');
    expect((await receiver.first('create')).payload).toMatchObject({ ref: 'side', ref_type: 'branch' });
    await receiver.first('push', ({ payload }) => payload['ref'] === 'refs/heads/side');
    expect(receiver.received.map(({ event }) => event).sort()).toEqual(['create', 'ping', 'push', 'push']);
  });

  it('hears only of what it asked for, and of nothing while it is inactive', async () => {
    const repository = await forge.repository();
    const id = await receiver.subscribe(forge, repository, ['create']);
    await push(repository);
    await hooks().updateWebhook({ ...repository, hook_id: id, active: false });
    await push(repository, 'writer', 'unheard');
    await hooks().updateWebhook({ ...repository, hook_id: id, active: true, add_events: ['delete'] });
    await push(repository, 'writer', 'heard');
    await receiver.first('create');
    expect(receiver.received.map(({ event, payload }) => [event, payload['ref']])).toEqual([
      ['ping', undefined],
      ['create', 'heard'],
    ]);
  });

  it('gets a form with the payload in it if it asks for one', async () => {
    const repository = await forge.repository();
    await hooks().createWebhook({ ...repository, config: { url: receiver.url } });
    const { headers, raw, payload } = await receiver.first('ping');
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(raw.startsWith('payload=%7B')).toBe(true);
    expect(payload['hook']).toMatchObject({ config: { content_type: 'form', insecure_ssl: '0', url: receiver.url } });
    expect(headers).not.toHaveProperty('x-hub-signature-256');
  });

  it('is shown, listed, changed and deleted, without ever telling its secret', async () => {
    const repository = await forge.repository();
    const hook_id = await receiver.subscribe(forge, repository, ['push']);
    const at = { ...repository, hook_id };
    expect((await hooks().listWebhooks(repository)).data).toEqual([(await hooks().getWebhook(at)).data]);
    expect((await hooks().getWebhookConfigForRepo(at)).data).toEqual({
      url: receiver.url,
      content_type: 'json',
      insecure_ssl: '0',
      secret: '********',
    });
    const changed = await hooks().updateWebhook({ ...at, add_events: ['issues'], remove_events: ['push'] });
    expect(changed.data).toMatchObject({ events: ['issues'], config: { secret: '********' } });
    expect((await hooks().updateWebhookConfigForRepo({ ...at, content_type: 'form' })).data).toMatchObject({
      url: receiver.url,
      secret: '********',
    });
    const unsigned = await hooks().updateWebhook({ ...at, config: { url: `${receiver.url}/other` } });
    expect(unsigned.data.config).toEqual({ url: `${receiver.url}/other`, content_type: 'form', insecure_ssl: '0' });
    await hooks().deleteWebhook(at);
    expect((await refusal(hooks().getWebhook(at))).status).toBe(404);
  });

  it('is pinged and tested on request', async () => {
    const repository = await forge.repository();
    const sha = await push(repository);
    const hook_id = await receiver.subscribe(forge, repository, ['push']);
    await hooks().pingWebhook({ ...repository, hook_id });
    await hooks().testPushWebhook({ ...repository, hook_id });
    expect((await receiver.first('push')).payload).toMatchObject({ after: sha, commits: [{ id: sha }] });
    expect(receiver.received.map(({ event }) => event)).toEqual(['ping', 'ping', 'push']);
  });

  it('does not exist for those who are not admins', async () => {
    const repository = await forge.repository();
    const hook_id = await receiver.subscribe(forge, repository);
    const attempts = [
      hooks('stranger').listWebhooks(repository),
      hooks('writer').getWebhook({ ...repository, hook_id }),
      hooks('reader').createWebhook({ ...repository, config: { url: receiver.url } }),
      hooks('owner').getWebhook({ ...(await forge.repository()), hook_id }),
    ];
    expect(await Promise.all(attempts.map(async (attempt) => (await refusal(attempt)).status))).toEqual([404, 404, 404, 404]);
  });
});

describe('a webhook that cannot be', () => {
  const words = async (body: Record<string, unknown>): Promise<unknown> => {
    const repository = await forge.repository();
    await receiver.subscribe(forge, repository, ['push']);
    const answer = await refusal(forge.as('owner').request('POST /repos/{owner}/{repo}/hooks', { ...repository, ...body }));
    const [first] = answer.body.errors ?? [];
    return [answer.status, (first as { message?: string } | undefined)?.message ?? answer.body.message];
  };
  const url = 'http://127.0.0.1:9/hooks';

  it.each([
    ['no config', {}, 'config is required'],
    ['no address', { config: {} }, 'url cannot be blank'],
    [
      'an address that is none',
      { config: { url: 'nowhere' } },
      'Invalid request.\n\nFor \'properties/config/properties/url\', the value must match format "uri".',
    ],
    ['another scheme', { config: { url: 'file:///etc/passwd' } }, 'url scheme must be http or https'],
    [
      'another machine',
      { config: { url: 'http://192.0.2.7/hooks' } },
      'url is not supported because 192.0.2.7 is not this machine: start the forge with --webhooks-anywhere to allow it',
    ],
    ['an unknown content type', { config: { url, content_type: 'xml' } }, 'content_type must be json or form'],
    ['an unknown event', { config: { url }, events: ['push', 'pushes'] }, 'Invalid event: pushes'],
    ['no event', { config: { url }, events: [] }, 'At least one event must be given'],
    ['another name', { name: 'irc', config: { url } }, 'name must be web'],
  ])('is refused for %s', async (_name, body, message) => {
    expect(await words(body)).toEqual([422, message]);
  });

  it('is refused where the same one hears the same event, and taken for another event', async () => {
    const repository = await forge.repository();
    const make = (events: string[]) => hooks().createWebhook({ ...repository, events, config: { url: receiver.url } });
    await make(['push', 'issues']);
    expect((await refusal(make(['issues']))).body.errors).toEqual([
      expect.objectContaining({ message: 'Hook already exists on this repository' }),
    ]);
    await make(['create']);
    await eventually('two pings', async () => receiver.received.length === 2);
  });
});

describe('deliveries', () => {
  it('are listed newest first, with what was sent and what came back, page by page', async () => {
    const repository = await forge.repository();
    const hook_id = await receiver.subscribe(forge, repository, ['create']);
    for (const branch of ['one', 'two', 'three']) await push(repository, 'writer', branch);
    const all = await deliveries(repository, hook_id, 4);
    expect(all.map(({ event, status, status_code }) => [event, status, status_code])).toEqual([
      ...Array.from({ length: 3 }, () => ['create', 'OK', 200]),
      ['ping', 'OK', 200],
    ]);
    const pages = forge.as('owner').paginate.iterator('GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries', {
      ...repository,
      hook_id,
      per_page: 3,
    });
    const sizes: number[] = [];
    for await (const { data } of pages) sizes.push(data.length);
    expect(sizes).toEqual([3, 1]);
    const { data } = await hooks().getWebhookDelivery({ ...repository, hook_id, delivery_id: all[0]?.id ?? 0 });
    expect(data).toMatchObject({
      url: receiver.url,
      request: { payload: { ref: 'three' }, headers: { 'X-GitHub-Event': 'create' } },
      response: { payload: 'seen create', headers: { 'content-type': 'text/plain' } },
    });
    expect((await hooks().getWebhook({ ...repository, hook_id })).data.last_response).toEqual({
      code: 200,
      status: 'active',
      message: 'OK',
    });
  });

  it('that failed are not repeated by themselves, and are sent again under the same id when asked', async () => {
    const repository = await forge.repository();
    const hook_id = await receiver.subscribe(forge, repository, ['create']);
    receiver.answerWith(500);
    await push(repository, 'writer', 'failed');
    const [failed] = await deliveries(repository, hook_id, 2);
    expect(failed).toMatchObject({ status: 'Invalid HTTP Response: 500', status_code: 500, redelivery: false });
    const failures = await hooks().listWebhookDeliveries({ ...repository, hook_id, status: 'failure' });
    expect(failures.data.map(({ id }) => id)).toEqual([failed?.id]);
    receiver.answerWith(200);
    await hooks().redeliverWebhookDelivery({ ...repository, hook_id, delivery_id: failed?.id ?? 0 });
    const [again] = await deliveries(repository, hook_id, 3);
    expect(again).toMatchObject({ guid: failed?.guid, redelivery: true, status: 'OK' });
    const [first, second] = receiver.received.filter(({ event }) => event === 'create');
    expect(second?.raw).toBe(first?.raw);
  });

  it('to an address where nobody answers say so', async () => {
    const repository = await forge.repository();
    const { data } = await hooks().createWebhook({ ...repository, config: { url: 'http://127.0.0.1:1/nobody' } });
    const [ping] = await deliveries(repository, data.id, 1);
    expect(ping).toMatchObject({ status: 'failed to connect to host', status_code: 502 });
  });

  it('are signed with the secret of the webhook, over the body exactly as it was sent', async () => {
    const repository = await forge.repository();
    await receiver.subscribe(forge, repository, ['push']);
    const { raw, headers } = await receiver.first('ping');
    expect(headers['x-hub-signature-256']).not.toBe(await sign('another secret', raw));
    expect(headers['x-hub-signature-256']).toBe(await sign('a secret of the tests', raw));
  });
});

describe('trouble on request', () => {
  it('loses, doubles and delays the events that it is asked to', async () => {
    const repository = await forge.repository();
    await receiver.subscribe(forge, repository, ['create']);
    const fault = (kind: object): Promise<unknown> =>
      forge.control('POST', '/_faults', { route: 'webhook/create', when: 'before', fault: kind, count: 1 });
    await fault({ kind: 'lost' });
    await push(repository, 'writer', 'lost');
    await fault({ kind: 'doubled' });
    await push(repository, 'writer', 'doubled');
    await fault({ kind: 'delay', ms: 1_500 });
    const asked = Date.now();
    await push(repository, 'writer', 'late');
    await push(repository, 'writer', 'last');
    await receiver.first('create', ({ payload }) => payload['ref'] === 'late');
    expect(Date.now() - asked).toBeGreaterThanOrEqual(1_500);
    await receiver.first('create', ({ payload }) => payload['ref'] === 'last');
    const creates = receiver.received.filter(({ event }) => event === 'create');
    expect(creates.map(({ payload }) => payload['ref']).sort()).toEqual(['doubled', 'doubled', 'last', 'late']);
    const [one, other] = creates.filter(({ payload }) => payload['ref'] === 'doubled');
    expect(one?.headers['x-github-delivery']).toBe(other?.headers['x-github-delivery']);
    const effects = await forge.control<{ kind: string; details: object }[]>('GET', '/_effects?limit=10000');
    expect(effects.filter(({ kind }) => kind === 'webhook.lost').map(({ details }) => details)).toEqual([
      expect.objectContaining({ event: 'create' }),
    ]);
  });
});

describe('a forge that behaves as forges do', () => {
  it('sends webhooks late and out of order, some twice, some never; which ones, its seed decides', async () => {
    const real = await startTestForge({ arguments: ['--seed', '5'] });
    try {
      const repository = await real.repository();
      const clone = mkdtempSync(path.join(folder, 'clone-'));
      await receiver.subscribe(real, repository, ['create']);
      await git(clone, 'clone', '-q', real.remote(repository, 'writer'), '.');
      const names = Array.from({ length: 100 }, (_unused, index) => `b${index}`);
      await git(clone, 'push', '-q', 'origin', ...names.map((name) => `HEAD:refs/heads/${name}`));
      const lost = (await real.control<{ kind: string }[]>('GET', '/_effects')).filter(({ kind }) => kind === 'webhook.lost');
      const refs = (): string[] => receiver.received.flatMap(({ event, payload }) => (event === 'create' ? [String(payload['ref'])] : []));
      await eventually('all that is not lost', async () => new Set(refs()).size === names.length - lost.length);
      expect(lost.length).toBeGreaterThan(0);
      const inOrder = names.filter((name) => refs().includes(name));
      expect([...new Set(refs())]).not.toEqual(inOrder);
      await eventually('a double', async () => refs().length > new Set(refs()).size);
    } finally {
      await real.stop();
    }
  });
});

describe('a forge that is killed', () => {
  it('sends what was under way once more after its restart', async () => {
    const dataDirectory = mkdtempSync(path.join(folder, 'data-'));
    const first = await startTestForge({ dataDirectory, arguments: ['--undelayed'] });
    const repository = await first.repository();
    const hook_id = await receiver.subscribe(first, repository, ['create']);
    receiver.answerWith(0);
    const clone = mkdtempSync(path.join(folder, 'clone-'));
    await git(clone, 'clone', '-q', first.remote(repository, 'writer'), '.');
    await git(clone, 'push', '-q', 'origin', 'HEAD:refs/heads/one', 'HEAD:refs/heads/two');
    await receiver.first('create');
    await first.stop();
    receiver.answerWith(200);
    const second = await startTestForge({ dataDirectory, arguments: ['--undelayed'] });
    try {
      await receiver.first('create', ({ payload }) => payload['ref'] === 'two');
      const refs = receiver.received.filter(({ event }) => event === 'create').map(({ payload }) => payload['ref']);
      expect(refs).toEqual(['one', 'one', 'two']);
      await eventually('the attempts', async () => {
        const { data } = await second.as('owner').rest.repos.listWebhookDeliveries({ ...repository, hook_id });
        return data.length === 3;
      });
    } finally {
      await second.stop();
    }
  });
});
