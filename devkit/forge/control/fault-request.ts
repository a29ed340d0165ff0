// What a request for faults must be. One that could never strike is refused: a test that believes in it would prove nothing.
import { Ajv } from 'ajv';
import picomatch from 'picomatch';
import { MUTATIONS } from '../graphql/schema.ts';
import { SUPPORTED } from '../github/supported.ts';
import type { FaultRequest } from '../http/faults.ts';
import { EVENTS } from '../webhooks/events.ts';

type Kind = FaultRequest['fault']['kind'];

const milliseconds = { type: 'integer', minimum: 0, maximum: 60_000 };
const seconds = { type: 'integer', minimum: 0 };
const plain = (required: string[], properties: Record<string, object>): object => ({
  type: 'object',
  required,
  properties,
  additionalProperties: false,
});
const fault = (kind: Kind, required: string[], properties: Record<string, object> = {}): object =>
  plain(['kind', ...required], { kind: { const: kind }, ...properties });

const FAULT_REQUEST = plain(['route', 'when', 'fault'], {
  route: { type: 'string', minLength: 1 },
  when: { enum: ['before', 'after'] },
  fault: {
    type: 'object',
    required: ['kind'],
    discriminator: { propertyName: 'kind' },
    oneOf: [
      fault('status', ['status'], { status: { type: 'integer', minimum: 400, maximum: 599 }, retryAfter: seconds }),
      fault('secondary-limit', [], { retryAfter: seconds }),
      fault('cut', []),
      fault('delay', ['ms'], { ms: milliseconds }),
      fault('hold', []),
      fault('stale', ['ms'], { ms: milliseconds }),
      fault('lost', []),
      fault('doubled', []),
    ],
  },
  count: { type: 'integer', minimum: 1 },
  probability: { type: 'number', minimum: 0, maximum: 1 },
  seed: { type: 'integer' },
  repository: { type: 'string', pattern: '^[^/]+/[^/]+$' },
  actor: { type: 'string', minLength: 1 },
});

/** Which faults can strike where and when. */
const PLACES: readonly { readonly name: string; readonly routes: readonly string[]; readonly before: Kind[]; readonly after: Kind[] }[] = [
  {
    name: 'a call of the API',
    routes: SUPPORTED,
    before: ['status', 'secondary-limit', 'cut', 'delay', 'hold', 'stale'],
    after: ['status', 'cut', 'delay', 'hold'],
  },
  {
    name: 'GraphQL',
    routes: ['graphql'],
    before: ['status', 'secondary-limit', 'cut', 'delay', 'hold', 'stale'],
    after: ['status', 'cut', 'delay', 'hold'],
  },
  {
    name: 'a mutation of GraphQL',
    routes: MUTATIONS.map((name) => `graphql/${name}`),
    before: [],
    after: ['status', 'cut', 'delay', 'hold'],
  },
  { name: 'a fetch', routes: ['git/upload-pack'], before: ['status', 'cut', 'delay', 'hold'], after: [] },
  { name: 'a push', routes: ['git/receive-pack'], before: ['status', 'cut', 'delay', 'hold'], after: ['status', 'cut', 'delay', 'hold'] },
  { name: 'a webhook', routes: [...EVENTS].map((event) => `webhook/${event}`), before: ['lost', 'doubled', 'delay'], after: [] },
];

/** Why this fault can never strike, or undefined. */
export function problemOfFault({ route, when, fault: { kind }, repository }: FaultRequest): string | undefined {
  const matches = picomatch(route);
  if (repository !== undefined && [...MUTATIONS.map((name) => `graphql/${name}`), 'graphql'].some((one) => matches(one)))
    return 'A request to GraphQL names its repository within the question: a fault of one repository cannot strike it. Leave out repository, or name an actor.';
  const places = PLACES.filter(({ routes }) => routes.some((candidate) => matches(candidate)));
  if (places.length === 0)
    return `No route is called ${JSON.stringify(route)}: it is an operation id of GitHub (issues/create), a pattern of them (issues/*), git/upload-pack, git/receive-pack, graphql, graphql/<mutation> or webhook/<event>.`;
  if (places.some((place) => place[when].includes(kind))) return undefined;
  const possible = places.map((place) => `${place.name}: before ${place.before.join(', ')}; after ${place.after.join(', ') || 'nothing'}`);
  return `A fault of kind ${kind} cannot strike ${when} ${places.map(({ name }) => name).join(' or ')}. Possible for ${possible.join('. ')}.`;
}

export const checkFaultRequest = new Ajv({ allErrors: true, discriminator: true, validateSchema: false }).compile<FaultRequest>(
  FAULT_REQUEST,
);
