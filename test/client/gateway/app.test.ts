// What the gateway answers, request by request, and which requests GitHub's own payloads are about.
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { gatewayApp } from '../../../src/client/gateway/app.ts';
import { concernsOf } from '../../../src/client/gateway/concerns.ts';
import type { Delivery } from '../../../src/contracts/delivery.ts';
import type { Hook } from '../../../src/contracts/hook.ts';

const SECRET = 'it is a secret';
let accepted: Omit<Delivery, 'receivedAt'>[];
let kept: string[];
beforeEach(() => {
  accepted = [];
  kept = [];
});
const hook: Hook = {
  id: 'alerts',
  secret: 'it is another secret',
  repository: 'o/r',
  workspace: 'default',
  pipeline: 'quick',
  dispatchCondition: { path: '$.level', equals: 'error' },
  goalTemplate: 'Mend {{$.title}}',
};
const app = gatewayApp({
  secret: SECRET,
  hooks: [hook],
  keep: async (text) => {
    kept.push(text);
    return `digest ${kept.length}`;
  },
  accept: async (delivery) => void accepted.push(delivery),
  health: async () => ({ ok: true }),
});

const signed = (body: string | Uint8Array, secret = SECRET): string => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
  app.request('/webhooks/github', {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-delivery': 'guid-1',
      'x-github-event': 'pull_request',
      'x-hub-signature-256': signed(body),
      ...headers,
    },
  });
const nothing = { repository: 'o/r', requests: [], commit: null, branch: null, issue: null, ready: false, start: null };
const opened = JSON.stringify({ action: 'opened', repository: { full_name: 'o/r' }, pull_request: { number: 7, title: 'Größe' } });

describe('the gateway', () => {
  it('accepts what is signed, over its raw bytes', async () => {
    const answer = await post(opened);
    expect([answer.status, await answer.json()]).toEqual([202, { state: 'accepted' }]);
    expect(accepted).toEqual([{ id: 'guid-1', event: 'pull_request', concerns: { ...nothing, requests: [7] } }]);
  });

  it.each<[number, string, string | Uint8Array, Record<string, string>]>([
    [401, 'no signature', opened, { 'x-hub-signature-256': '' }],
    [401, 'another secret', opened, { 'x-hub-signature-256': signed(opened, 'guess') }],
    [401, 'the signature of another body', opened, { 'x-hub-signature-256': signed(`${opened} `) }],
    [401, 'the old kind of signature only', opened, { 'x-hub-signature-256': '', 'x-hub-signature': signed(opened) }],
    [403, 'a page in a browser', opened, { origin: 'https://example.org' }],
    [400, 'no id', opened, { 'x-github-delivery': '' }],
    [400, 'an endless id', opened, { 'x-github-delivery': 'x'.repeat(1_000) }],
    [400, 'no JSON', 'payload=%7B%7D', {}],
    [400, 'bytes that are no text', new Uint8Array([0xff, 0xfe, 0]), {}],
    [400, 'no payload of GitHub’s', '{"repository":{"full_name":"../../x"},"pull_request":{"number":"7"}}', {}],
    [400, 'a number that is none', '{"repository":{"full_name":"o/r"},"pull_request":{"number":-1}}', {}],
  ])('refuses with %i: %s', async (status, _what, body, headers) => {
    const answer = await post(body, headers);
    expect([answer.status, accepted]).toEqual([status, []]);
    expect(await answer.json()).toEqual({ error: expect.any(String) });
  });

  it('refuses what is larger than any payload, without reading it to its end', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1_000_000;
        controller.enqueue(new Uint8Array(1_000_000));
      },
    });
    const answer = await app.request('/webhooks/github', { method: 'POST', body: endless, duplex: 'half' });
    expect(answer.status).toBe(413);
    expect(sent).toBeLessThan(40_000_000);
  });

  it('says that it accepts none where it has no secret', async () => {
    const without = gatewayApp({
      secret: undefined,
      hooks: [],
      keep: async () => '',
      accept: async () => undefined,
      health: async () => ({}),
    });
    expect((await without.request('/webhooks/github', { method: 'POST', body: opened })).status).toBe(503);
    expect((await without.request('/health')).status).toBe(200);
    expect((await without.request('/elsewhere')).status).toBe(404);
  });
});

describe('a webhook of another system', () => {
  const send = (body: string, headers: Record<string, string> = {}, id = 'alerts') =>
    app.request(`/webhooks/${id}`, {
      method: 'POST',
      body,
      headers: { 'webhook-id': 'm-1', 'x-signature-256': signed(body, hook.secret), ...headers },
    });
  const message = JSON.stringify({ level: 'error', title: 'the roof' });

  it('is accepted where it is signed, meets the condition and has what the goal needs', async () => {
    const answer = await send(message);
    expect([answer.status, await answer.json(), kept]).toEqual([202, { state: 'accepted' }, ['Mend the roof']]);
    const start = { workspace: 'default', pipeline: 'quick', goal: 'digest 1' };
    expect(accepted).toEqual([{ id: 'webhook/alerts/m-1', event: 'webhook.alerts', concerns: { ...nothing, start } }]);
  });

  it('has the same name when it comes again without one', async () => {
    const headers = { 'x-signature-256': signed(message, hook.secret) };
    for (let at = 0; at < 2; at++) await app.request('/webhooks/alerts', { method: 'POST', body: message, headers });
    expect(new Set(accepted.map(({ id }) => id)).size).toBe(1);
  });

  it.each<[number, string, string, Record<string, string>]>([
    [401, 'no signature', message, { 'x-signature-256': '' }],
    [401, 'the secret of the forge', message, { 'x-signature-256': signed(message) }],
    [403, 'a page in a browser', message, { origin: 'https://example.org' }],
    [400, 'no JSON', 'level=error', {}],
    [400, 'an endless id', message, { 'webhook-id': 'x'.repeat(1_000) }],
    [422, 'nothing to make the goal of', '{"level":"error"}', {}],
    [422, 'an endless goal', JSON.stringify({ level: 'error', title: 'x'.repeat(30_000) }), {}],
  ])('refuses with %i: %s', async (status, _what, body, headers) => {
    const answer = await send(body, headers);
    expect([answer.status, accepted, kept]).toEqual([status, [], []]);
    expect(await answer.json()).toEqual({ error: expect.any(String) });
  });

  it('is not there under another name', async () => {
    expect((await send(message, {}, 'others')).status).toBe(404);
  });

  it('names what is missing', async () => {
    expect(await (await send('{"level":"error"}')).json()).toEqual({ error: expect.stringContaining('$.title') });
  });

  it('is taken and starts nothing where it does not meet the condition', async () => {
    const answer = await send(JSON.stringify({ level: 'info' }));
    expect([answer.status, accepted]).toEqual([202, []]);
    expect(await answer.json()).toMatchObject({ state: 'ignored' });
  });
});

describe('what a webhook concerns', () => {
  const about = (event: string, payload: object) => concernsOf(event, { repository: { full_name: 'o/r' }, ...payload });

  it('is the request, or the commit where only that is named', () => {
    expect(about('issue_comment', { issue: { number: 7, pull_request: {} } })).toMatchObject({ requests: [7] });
    expect(about('issue_comment', { issue: { number: 7 } })).toEqual({ ...nothing, issue: 7 });
    expect(about('issues', { issue: { number: 7, labels: [{ name: 'Signalbox:Ready' }] } })).toEqual({ ...nothing, issue: 7, ready: true });
    expect(about('issues', { issue: { number: 7, labels: [{ name: 'bug' }] } })).toMatchObject({ issue: 7, ready: false });
    expect(about('issue_comment', { issue: { number: 7, labels: [{ name: 'signalbox:ready' }] } })).toMatchObject({ ready: false });
    expect(about('check_run', { check_run: { head_sha: 'c', pull_requests: [{ number: 7 }] } })).toMatchObject({
      requests: [7],
      commit: null,
    });
    expect(about('check_run', { check_run: { head_sha: 'c', pull_requests: [] } })).toMatchObject({ requests: [], commit: 'c' });
    expect(about('workflow_job', { workflow_job: { head_sha: 'c' } })).toMatchObject({ commit: 'c' });
    expect(about('status', { sha: 'c' })).toMatchObject({ commit: 'c' });
    expect(about('push', { ref: 'refs/heads/release/1.x' })).toEqual({ ...nothing, branch: 'release/1.x' });
    expect(about('push', { ref: 'refs/tags/v1' })).toBeNull();
    expect(about('star', {})).toBeNull();
    expect(concernsOf('ping', { zen: 'Keep it.' })).toBeNull();
    const mark = `<!-- signalbox-${'a'.repeat(40)} -->`;
    const comment = (by: string, body: string) => ({
      issue: { number: 7, pull_request: {} },
      comment: { body, user: { login: 'us' } },
      sender: { login: by },
    });
    expect(about('issue_comment', comment('us', `It waits. ${mark}`))).toBeNull();
    expect(about('issue_comment', comment('us', 'It waits.'))).toMatchObject({ requests: [7] });
    expect(about('issue_comment', comment('ann', `It waits no more. ${mark}`))).toMatchObject({ requests: [7] });
  });

  it('is understood in every payload that GitHub publishes as an example', () => {
    const examples = createRequire(import.meta.url)('@octokit/webhooks-examples/api.github.com/index.json') as {
      name: string;
      examples: object[];
    }[];
    const understood = examples.flatMap(({ name, examples: all }) => all.map((example) => [name, concernsOf(name, example)] as const));
    expect(understood.length).toBeGreaterThan(200);
    const concerned = understood.filter(([, concerns]) => concerns !== null);
    expect(new Set(concerned.map(([name]) => name))).toEqual(
      new Set([
        ...['check_run', 'check_suite', 'workflow_run', 'workflow_job', 'status', 'push'],
        ...['pull_request', 'pull_request_review', 'pull_request_review_comment', 'pull_request_review_thread'],
        ...['issues', 'issue_comment'],
      ]),
    );
    for (const [, concerns] of concerned)
      expect((concerns?.requests.length ?? 0) > 0 || concerns?.commit !== null || concerns.issue !== null || concerns.branch !== null).toBe(
        true,
      );
  });
});
