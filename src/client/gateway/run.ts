// The gateway of an installation: listens, accepts, passes on. It may be killed at any moment; what it has accepted is passed on when it
// is back, and what it has missed is found by who looks for it anyhow.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import { createForge } from '../../activities/forge/create.ts';
import { createAnswers } from '../../activities/forge/conditional.ts';
import { createMeter } from '../../activities/forge/meter.ts';
import { createMemory } from '../../activities/merge-request/memory.ts';
import { beginTask } from '../../activities/task/begin.ts';
import { beginByLabel } from '../../activities/task/by-label.ts';
import { putText } from '../../activities/work/texts.ts';
import { httpAddress, mayStartTasks, type Config } from '../../config/config.ts';
import { redactorFor } from '../../config/secrets.ts';
import { temporalClient } from '../../config/temporal-client.ts';
import { forgeHost } from '../../contracts/work.ts';
import { openStore } from '../../store/open.ts';
import { VERSION } from '../version.ts';
import { gatewayApp } from './app.ts';
import { createPassOn } from './pass-on.ts';

/** How often it looks for what is due where nothing new has come. */
const LOOK_EVERY_MS = 1_000;
const COUNT_EVERY_MS = 5_000;
/** A sender has this long for its request, or its connection is closed. */
const REQUEST_MS = 10_000;

export interface RunningGateway {
  readonly address: string;
  readonly stop: () => Promise<void>;
}

/** @throws Error when the store can't be opened, or the port is taken */
export async function runGateway(config: Config, log: Pick<Logger, 'warn' | 'error'>): Promise<RunningGateway> {
  const { webhookSecret, hostname, port } = config.gateway;
  const store = await openStore({ path: join(config.data, 'store.db'), redact: redactorFor(config) });
  // It listens also while Temporal is away: accepting needs the store alone.
  const connection = Connection.lazy(config.temporal.connectionOptions);
  const client = temporalClient(connection, config.temporal.namespace);
  const meter = createMeter(store);
  const forge = createForge(config.github, { answers: createAnswers(), meter });
  const forgeName = forgeHost(config.github.apiUrl);
  const starters = {
    store,
    client,
    branch: config.branch,
    identity: config.identity,
    forge,
    memory: createMemory(forge),
    forgeHost: forgeName,
    host: config.host,
  };

  const stopped = new AbortController();
  const passOn = createPassOn(
    {
      store,
      client,
      forge: forge(),
      host: forgeName,
      begin: (at) => (mayStartTasks(config, at.repository) ? beginByLabel(starters, at) : undefined),
      start: (repository, { goal, ...given }, by) => {
        const [owner = '', repo = ''] = repository.split('/');
        return beginTask(starters, { ...given, ticket: { owner, repo, issue: null, goal }, host: config.host, after: [], by });
      },
    },
    (problem) => log.warn({ problem }, 'A webhook could not be passed on yet.'),
    stopped.signal,
  );
  let news = Promise.withResolvers<undefined>();
  const app = gatewayApp({
    secret: webhookSecret,
    hooks: config.hooks,
    keep: (text) => putText(store, text),
    accept: async (delivery) => {
      await store.deliveries.accept(delivery);
      news.resolve(undefined);
    },
    health: async () => {
      const [oldest] = await store.deliveries.due({ limit: 1 });
      return { ok: true, version: VERSION, pid: process.pid, webhooks: webhookSecret !== undefined, behind: oldest !== undefined };
    },
  });
  app.onError((error, context) => {
    log.error({ error: String(error) }, 'A request failed.');
    return context.json({ error: 'Not now; send it again.' }, 500);
  });

  const pause = (forMs: number): Promise<undefined> => sleep(forMs, undefined, { signal: stopped.signal }).catch(() => undefined);
  const passing = (async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      news = Promise.withResolvers<undefined>();
      const more = await passOn.round().catch((error: unknown) => void log.warn({ error: String(error) }, 'The store does not answer.'));
      if (more?.more !== true) await Promise.race([news.promise, pause(LOOK_EVERY_MS)]);
    }
    await passOn.idle();
  })();
  const counting = (async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await pause(COUNT_EVERY_MS);
      await meter.flush().catch((error: unknown) => void log.warn({ error: String(error) }, 'Calls could not be counted.'));
    }
  })();

  const server = await new Promise<Server>((resolve, reject) => {
    const listening = serve({ fetch: app.fetch, hostname, port, serverOptions: { requestTimeout: REQUEST_MS } }, () => {
      resolve(listening as Server);
    });
    listening.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? taken(hostname, port, error) : error));
  });
  return {
    address: httpAddress(hostname, port),
    stop: async () => {
      stopped.abort();
      server.closeIdleConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([passing, counting]);
      await connection.close();
      await store.close();
    },
  };
}

const taken = (hostname: string, port: number, cause: Error): Error =>
  new Error(`Another program listens on ${httpAddress(hostname, port)}: SIGNALBOX_GATEWAY_PORT gives the gateway another port.`, { cause });
