// What the gateway answers. A webhook is accepted when its row is durable, and answered then: everything else comes after.
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { ZodError } from 'zod';
import type { Concerns, Delivery } from '../../contracts/delivery.ts';
import type { Hook } from '../../contracts/hook.ts';
import { hear } from '../../policies/hook.ts';
import { concernsOf } from './concerns.ts';
import { digestOfBytes, isSigned } from './signature.ts';

export interface GatewayDeps {
  /** Undefined: no webhook is accepted. */
  readonly secret: string | undefined;
  /** Webhooks of other systems. */
  readonly hooks: readonly Hook[];
  /** Makes a text durable; returns its digest. */
  readonly keep: (text: string) => Promise<string>;
  /** Makes a delivery durable, unless it is there already. */
  readonly accept: (delivery: Omit<Delivery, 'receivedAt'>) => Promise<void>;
  readonly health: () => Promise<Readonly<Record<string, unknown>>>;
}

/** What GitHub sends at most. */
const MOST_BYTES = 25 * 1024 * 1024;
const MOST_ID = 200;
/** Most characters of a goal. */
const MOST_GOAL = 20_000;

export function gatewayApp({ secret, hooks, keep, accept, health }: GatewayDeps): Hono {
  const app = new Hono();
  // No page of a browser has any business here; a page that one looks at could otherwise reach what listens on this machine.
  app.use(async (context, next) => {
    if (context.req.header('origin') !== undefined) return context.json({ error: 'Browsers are not served.' }, 403);
    return next();
  });
  app.use(bodyLimit({ maxSize: MOST_BYTES, onError: (context) => context.json({ error: `At most ${MOST_BYTES} bytes.` }, 413) }));

  app.get('/health', async (context) => context.json(await health()));

  app.post('/webhooks/github', async (context) => {
    if (secret === undefined) return context.json({ error: 'SIGNALBOX_WEBHOOK_SECRET is not set: webhooks are not accepted.' }, 503);
    const bytes = new Uint8Array(await context.req.arrayBuffer());
    if (!isSigned(secret, bytes, context.req.header('x-hub-signature-256')))
      return context.json({ error: 'The signature (x-hub-signature-256) is missing or does not fit.' }, 401);
    const [id = '', event = ''] = [context.req.header('x-github-delivery'), context.req.header('x-github-event')];
    if (id === '' || id.length > MOST_ID || event === '')
      return context.json({ error: 'x-github-delivery and x-github-event are needed.' }, 400);

    let concerns: Concerns | null;
    try {
      concerns = concernsOf(event, JSON.parse(new TextDecoder().decode(bytes)));
    } catch (error) {
      if (!(error instanceof SyntaxError) && !(error instanceof ZodError)) throw error;
      return context.json(
        { error: 'The body is no payload of GitHub as JSON; the webhook’s content type has to be application/json.' },
        400,
      );
    }
    if (concerns !== null) await accept({ id, event, concerns });
    return context.json({ state: concerns === null ? 'ignored' : 'accepted' }, 202);
  });

  app.post('/webhooks/:id', async (context) => {
    const hook = hooks.find(({ id }) => id === context.req.param('id'));
    if (hook === undefined) return context.json({ error: 'There is no such webhook here.' }, 404);
    const bytes = new Uint8Array(await context.req.arrayBuffer());
    const signature = context.req.header('x-signature-256') ?? context.req.header('x-hub-signature-256');
    if (!isSigned(hook.secret, bytes, signature))
      return context.json({ error: 'The signature (x-signature-256: sha256=<HMAC of the body>) is missing or does not fit.' }, 401);
    const given = context.req.header('webhook-id') ?? context.req.header('idempotency-key') ?? digestOfBytes(bytes);
    if (given === '' || given.length > MOST_ID) return context.json({ error: `webhook-id has at most ${MOST_ID} characters.` }, 400);

    let message: unknown;
    try {
      message = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch {
      return context.json({ error: 'The body is no JSON.' }, 400);
    }
    const heard = hear(hook, message);
    if (heard.state === 'ignore') return context.json({ state: 'ignored', because: 'The dispatchCondition is not met.' }, 202);
    if (heard.state === 'missing') return context.json({ error: `The goal needs ${heard.path}, which the message does not have.` }, 422);
    if (heard.goal.length > MOST_GOAL) return context.json({ error: `The goal has more than ${MOST_GOAL} characters.` }, 422);
    const { repository, workspace, pipeline, as } = hook;
    const start = { workspace, pipeline, goal: await keep(heard.goal), ...(as !== undefined && { as }) };
    await accept({
      id: `webhook/${hook.id}/${given}`,
      event: `webhook.${hook.id}`,
      concerns: { repository, requests: [], commit: null, branch: null, issue: null, ready: false, start },
    });
    return context.json({ state: 'accepted' }, 202);
  });
  return app;
}
