// Receives webhooks as their users do: an HTTP server of its own. Each one's signature is verified, and its payload held against GitHub's
// published schemas; what deviates fails the test at `stop`, or stands in NEWER with its reason.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { verify } from '@octokit/webhooks-methods';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { eventually, type TestForge } from './harness.ts';

/** What GitHub sends and the schemas, which are older, do not know: properties by definition, and by the path of properties within it. */
const NEWER: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  user: { user_view_type: { type: 'string' } }, // with every user since 2024
  'status$event/commit/commit/verification': { verified_at: { type: ['string', 'null'] } }, // since 2024
};

const SECRET = 'a secret of the tests';

export interface Received {
  readonly event: string;
  readonly action: string | null;
  readonly payload: Record<string, unknown>;
  readonly headers: IncomingHttpHeaders;
  /** The body as it was sent. */
  readonly raw: string;
  /** When its last byte came, by performance.now(). */
  readonly at: number;
}

export interface Receiver {
  readonly url: string;
  /** In the order of their arrival. */
  readonly received: readonly Received[];
  /** Makes a webhook of the repository that sends here; returns its id once its ping has arrived. */
  subscribe(forge: TestForge, repository: { owner: string; repo: string }, events?: readonly string[]): Promise<number>;
  /** The first webhook of that kind, `event` or `event.action`; waits for it. */
  first(kind: string, where?: (received: Received) => boolean): Promise<Received>;
  /** Answers with this status from now on; 0 never answers. Usually 200. */
  answerWith(status: number): void;
  /** Throws if anything that came was not as GitHub would send it. */
  stop(): Promise<void>;
}

export async function receiveWebhooks(): Promise<Receiver> {
  const received: Received[] = [];
  const problems: string[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const at = performance.now();
      void (async () => {
        const raw = Buffer.concat(chunks).toString('utf8');
        const it = read(request.headers, raw, at);
        problems.push(...(await problemsOf(it)));
        received.push(it);
        if (status !== 0) response.writeHead(status, { 'content-type': 'text/plain' }).end(`seen ${it.event}`);
      })();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  const first: Receiver['first'] = (kind, where = () => true) =>
    eventually(`the webhook ${kind}`, async () => received.find((it) => is(it, kind) && where(it)));
  return {
    url,
    received,
    first,
    subscribe: async (forge, repository, events = ['*']) => {
      const { data } = await forge.as('owner').rest.repos.createWebhook({
        ...repository,
        events: [...events],
        config: { url, secret: SECRET, content_type: 'json' },
      });
      await first('ping', ({ payload }) => payload['hook_id'] === data.id);
      return data.id;
    },
    answerWith: (next) => {
      status = next;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (problems.length > 0) throw new Error(`webhooks deviate from GitHub's:\n${[...new Set(problems)].join('\n')}`);
    },
  };
}

const is = ({ event, action }: Received, kind: string): boolean => kind === event || kind === `${event}.${action ?? ''}`;

function read(headers: IncomingHttpHeaders, raw: string, at: number): Received {
  const json = headers['content-type'] === 'application/json' ? raw : (new URLSearchParams(raw).get('payload') ?? '');
  const payload = JSON.parse(json) as Record<string, unknown>;
  return { event: String(headers['x-github-event']), action: (payload['action'] as string | undefined) ?? null, payload, headers, raw, at };
}

async function problemsOf({ event, action, payload, headers, raw }: Received): Promise<string[]> {
  const signature = headers['x-hub-signature-256'];
  const isSigned = signature === undefined || (await verify(SECRET, raw, String(signature)));
  const kind = `${event}${action === null ? '' : `.${action}`}`;
  const validate = validatorOf(`${event}$${action ?? 'event'}`);
  if (validate === undefined) return [`${kind}: GitHub has no such event`];
  const errors = validate(payload) ? [] : (validate.errors ?? []);
  return [
    ...(isSigned ? [] : [`${kind}: the signature is wrong`]),
    ...errors.map((error) => `${kind}: ${error.instancePath || '/'} ${error.message ?? ''} ${JSON.stringify(error.params)}`),
  ];
}

interface Schema {
  readonly properties?: Record<string, Schema>;
}
const schemas = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('@octokit/webhooks-schemas'), 'utf8')) as {
  definitions: Record<string, Schema>;
};
for (const [place, properties] of Object.entries(NEWER)) {
  const [definition = '', ...path] = place.split('/');
  const schema = path.reduce<Schema | undefined>((within, property) => within?.properties?.[property], schemas.definitions[definition]);
  if (schema?.properties === undefined) throw new Error(`the schemas have no ${place}`);
  Object.assign(schema.properties, properties);
}
// Without the list of all events at its root, which would be compiled whole.
const ajv = new Ajv({ strict: false, allErrors: true, logger: false, inlineRefs: false, code: { optimize: false } });
addFormats.default(ajv);
ajv.addSchema({ definitions: schemas.definitions }, 'webhooks');
const validators = new Map<string, ValidateFunction>();

function validatorOf(definition: string): ValidateFunction | undefined {
  if (schemas.definitions[definition] === undefined) return undefined;
  const known = validators.get(definition) ?? ajv.compile({ $ref: `webhooks#/definitions/${definition}` });
  validators.set(definition, known);
  return known;
}
