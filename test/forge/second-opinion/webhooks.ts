// The webhooks of both: how they are made and changed, which come for what was done, what they say, and what is told of their deliveries.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verify } from '@octokit/webhooks-methods';
import { eventually } from '../harness.ts';
import { branch, request, seen, status, type Facts, type World } from './asking.ts';

const SECRET = 'a secret of the tests';

interface Came {
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
}

export async function webhooks(world: World): Promise<Facts> {
  const came: Came[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const raw = Buffer.concat(chunks).toString();
      const payload = JSON.parse(raw) as Came['payload'];
      const { action } = payload;
      const event = String(incoming.headers['x-github-event']);
      came.push({ kind: typeof action === 'string' ? `${event}.${action}` : event, payload, headers: incoming.headers, raw });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await look(world, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, came);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function look(world: World, url: string, came: readonly Came[]): Promise<Facts> {
  const { as, place } = world;
  const { repos, issues, pulls } = as('owner').rest;
  const wish = { ...place, config: { url, secret: SECRET, content_type: 'json' }, events: ['*'] };
  const { data: hook } = await repos.createWebhook(wish);
  const at = { ...place, hook_id: hook.id };
  const arrived = (kind: string, count = 1): Promise<unknown> =>
    eventually(`${count} ${kind}`, async () => came.filter((it) => it.kind === kind).length >= count);
  /** What came while something was done, once a ping asked for afterwards is there, too. */
  const during = async (work: () => Promise<unknown>): Promise<readonly Came[]> => {
    const before = came.length;
    const pings = pingsOf(came);
    await work();
    await repos.pingWebhook(at);
    asked++;
    await arrived('ping', pings + 1);
    return came.slice(before).filter(({ kind }) => kind !== 'ping');
  };
  let asked = 0;
  const kinds = (them: readonly Came[]): string[] => them.map(({ kind }) => kind).sort();
  const keys = (of: string): string[] => Object.keys(came.find(({ kind }) => kind === of)?.payload ?? {}).sort();
  const { number } = (await issues.create({ ...place, title: 'Broken' })).data;
  await arrived('issues.opened');
  const one = { ...place, issue_number: number };
  const onIssue = await during(async () => {
    await issues.addLabels({ ...one, labels: ['bug'] });
    await issues.createComment({ ...one, body: 'Hello' });
    await issues.update({ ...one, state: 'closed' });
  });
  const onPush = await during(() => branch(world, 'side'));
  const onDeletion = await during(() => as('writer').rest.git.deleteRef({ ...place, ref: 'heads/side' }));
  const onRequest = await during(async () => {
    const made = await request(world, 'topic');
    await pulls.createReview({ ...place, pull_number: made.number, event: 'APPROVE' });
    await pulls.merge({ ...place, pull_number: made.number, sha: made.sha });
  });
  const onCheck = await during(async () => {
    const { data } = await repos.getBranch({ ...place, branch: 'main' });
    const check = { ...place, name: 'build', head_sha: data.commit.sha };
    await as('writer').rest.checks.create({ ...check, status: 'completed', conclusion: 'success' });
  });
  const { data: list } = await repos.listWebhookDeliveries(at);
  const delivery = list.find(({ event, action }) => event === 'issues' && action === 'opened');
  const told = { ...at, delivery_id: delivery?.id ?? 0 };
  const whole = await seen(
    repos
      .getWebhookDelivery(told)
      .then(({ data }) => ([data.request, data.response] as (object | undefined)[]).map((half) => Object.keys(half ?? {}).sort())),
  );
  await repos.updateWebhook({ ...at, active: false });
  const whileOff = await during(async () => {
    await issues.create({ ...place, title: 'Unheard' });
    await repos.updateWebhook({ ...at, active: true });
  });
  const payload = came.find(({ kind }) => kind === 'push')?.payload;

  return {
    'a new one': [hook.type, hook.name, hook.active, hook.events, hook.config.content_type],
    'its secret': hook.config.secret,
    'pings that nobody asked for': pingsOf(came) - asked,
    signed: (await Promise.all(came.map(({ raw, headers }) => signed(raw, headers)))).every(Boolean),
    headers: Object.keys(came[0]?.headers ?? {})
      .filter((name) => name.startsWith('x-'))
      .sort(),
    'who sends it': came[0]?.headers['user-agent']?.split('/')[0],
    'of an issue': kinds(onIssue),
    'of a new branch and a commit': kinds(onPush),
    'of a branch that goes': kinds(onDeletion),
    'of a request that is reviewed and merged': kinds(onRequest),
    'of a check run that ends': kinds(onCheck),
    'what issues.opened has': keys('issues.opened'),
    'what issue_comment.created has': keys('issue_comment.created'),
    'what push has': keys('push'),
    'whom a push names': [(payload?.['pusher'] as { name?: string } | undefined)?.name, payload?.['ref'], payload?.['created']],
    'what pull_request.opened has': keys('pull_request.opened'),
    'what pull_request_review.submitted has': keys('pull_request_review.submitted'),
    'a delivery in the list': delivery === undefined ? [] : Object.keys(delivery).sort(),
    'its status': [delivery?.status, delivery?.status_code, delivery?.redelivery],
    'a delivery with what was sent': whole,
    'delivered again': await status(repos.redeliverWebhookDelivery(told)),
    'a test of it': await status(repos.testPushWebhook(at)),
    'switched off': kinds(whileOff),
    'its events changed': (await repos.updateWebhook({ ...at, events: ['push'] })).data.events,
    'without an address': await status(repos.createWebhook({ ...place, config: {} })),
    'to no address': await status(repos.createWebhook({ ...place, config: { url: 'nowhere' } })),
    'for an event that is none': await status(repos.createWebhook({ ...wish, config: { url: `${url}other` }, events: ['nothing'] })),
    'a second to the same address': await status(repos.createWebhook(wish)),
    'by a writer': await status(as('writer').rest.repos.createWebhook(wish)),
    'that is not there': await status(repos.getWebhook({ ...place, hook_id: 999_999_999 })),
    deleted: [await status(repos.deleteWebhook(at)), await status(repos.getWebhook(at))],
  };
}

const pingsOf = (came: readonly Came[]): number => came.filter(({ kind }) => kind === 'ping').length;

const signed = async (raw: string, headers: IncomingHttpHeaders): Promise<boolean> => {
  const signature = headers['x-hub-signature-256'];
  return typeof signature === 'string' && verify(SECRET, raw, signature);
};
