// What requests are measured on: forge, Temporal server, worker and gateway as processes of their own, a scripted model that answers at once. The
// forge's webhooks go through a relay that notes when each came.
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { startModel, type Conversation, type ScriptedModel } from '../../devkit/model/model.ts';
import { temporalExecutable } from '../../devkit/temporal/executable.ts';
import { freePort } from '../../devkit/temporal/free-port.ts';
import { startServer, type Server } from '../../devkit/temporal/server.ts';
import { GENERAL_QUEUE } from '../../src/contracts/queues.ts';
import type { TraceEntry } from '../../src/contracts/trace.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { startTestForge, type TestForge } from '../../test/forge/harness.ts';
import { helpful } from '../../test/support/request-world.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SECRET = 'the secret of this benchmark';
const HOST = 'bench';

export interface Told {
  readonly at: number;
  readonly event: string;
  readonly body: { readonly action?: string; readonly repository?: { readonly name: string }; readonly [key: string]: unknown };
}

export interface Setting {
  readonly host: string;
  readonly forge: TestForge;
  readonly client: Client;
  readonly store: Store;
  readonly worker: ChildProcess;
  readonly server: Server;
  /** Webhooks of the forge so far, as they came to the relay. */
  readonly told: readonly Told[];
  /** Model calls so far. */
  readonly asked: readonly { readonly at: number; readonly playbook: string; readonly text: string }[];
  /** Lets the forge's webhooks of a repository reach the gateway. */
  subscribe(place: { readonly owner: string; readonly repo: string }): Promise<void>;
  end(): Promise<void>;
}

export async function createSetting(): Promise<Setting> {
  const data = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
  const { path } = await temporalExecutable({ env: process.env, progress: (line) => void process.stderr.write(`${line}\n`) });
  const forge = await startTestForge();
  const asked: Setting['asked'][number][] = [];
  const model = await startModel(
    (conversation: Conversation) => {
      const text = conversation.messages.map((message) => message.text).join('\n');
      const playbook = /Signalbox playbook: (\S+)/.exec(text)?.[1] ?? '';
      asked.push({ at: Date.now(), playbook, text });
      return helpful(playbook, conversation);
    },
    { keepRequests: false },
  );
  const store = await openStore({ path: join(data, 'store.db'), migrate: true });
  const server = await startServer({ executable: path, database: join(data, 'temporal.db') });
  const client = new Client({ connection: await Connection.connect({ address: server.address }) });
  const port = await freePort();
  const env = environment({ data, server, forge, model, port });
  const worker = start('src/workers/main.ts', env);
  const gateway = start('src/client/gateway/main.ts', env);
  await Promise.all([polls(client, worker), answers(port, gateway)]);
  const relay = await startRelay(`http://127.0.0.1:${port}/webhooks/github`);
  return {
    host: HOST,
    forge,
    client,
    store,
    worker,
    server,
    asked,
    told: relay.told,
    async subscribe(place) {
      const config = { url: relay.url, content_type: 'json', secret: SECRET };
      await forge.as('owner').rest.repos.createWebhook({ ...place, config, events: ['*'] });
    },
    async end() {
      for (const child of [worker, gateway]) child.kill('SIGKILL');
      relay.stop();
      await client.connection.close();
      await server.stop();
      await store.close();
      await model.stop();
      await forge.stop();
      await rm(data, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Parts {
  readonly data: string;
  readonly server: Server;
  readonly forge: TestForge;
  readonly model: ScriptedModel;
  readonly port: number;
}

function environment({ data, server, forge, model, port }: Parts): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return {
    PATH,
    HOME,
    SIGNALBOX_DATA: data,
    SIGNALBOX_HOST: HOST,
    SIGNALBOX_LOG_LEVEL: 'error',
    TEMPORAL_ADDRESS: server.address,
    GITHUB_API_URL: forge.url,
    GITHUB_TOKEN: forge.tokens['writer'] ?? '',
    SIGNALBOX_MERGE_WITHOUT_TESTS: 'true',
    SIGNALBOX_WEBHOOK_SECRET: SECRET,
    SIGNALBOX_GATEWAY_PORT: `${port}`,
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: 'scripted',
    OPENAI_BASE_URL: model.url,
    OPENAI_API_KEY: 'scripted',
  };
}

const start = (program: string, env: Record<string, string>): ChildProcess =>
  spawn(process.execPath, [program], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'], env });

async function polls(client: Client, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the worker ended with ${child.exitCode}`);
    const taskQueue = { name: GENERAL_QUEUE };
    const { pollers } = await client.workflowService.describeTaskQueue({ namespace: 'default', taskQueue, taskQueueType: 1 });
    if (pollers.some(({ identity }) => identity?.startsWith(`${child.pid}@`))) return;
    await sleep(50);
  }
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}`);
    if (
      await fetch(`http://127.0.0.1:${port}/health`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await sleep(50);
  }
}

/** Passes webhooks on as they are, and notes when the gateway has accepted them. */
async function startRelay(to: string): Promise<{ url: string; told: Told[]; stop: () => void }> {
  const told: Told[] = [];
  const relay = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      const headers = Object.entries(request.headers).filter(([name]) => name.startsWith('x-') || name === 'content-type');
      void fetch(to, { method: 'POST', body, headers: Object.fromEntries(headers) as Record<string, string> }).then(
        ({ status }) => {
          told.push({
            at: Date.now(),
            event: String(request.headers['x-github-event']),
            body: JSON.parse(body.toString()) as Told['body'],
          });
          response.writeHead(status).end();
        },
        () => response.writeHead(502).end(), // the gateway is gone: the last webhooks come when all is measured
      );
    });
  });
  await new Promise<void>((listening) => relay.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`, told, stop: () => void relay.close() };
}

/** Waits until `look` gives something; fails after so many seconds. */
export async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined> | Value | undefined,
  seconds = 120,
): Promise<Value> {
  for (const deadline = Date.now() + seconds * 1_000; Date.now() < deadline; await sleep(5)) {
    const value = await look();
    if (value !== undefined) return value;
  }
  throw new Error(`waited ${seconds} s in vain until ${what}`);
}

export const traceOf = (store: Store, workflow: string, after = 0): Promise<TraceEntry[]> =>
  store.decisions.trace({ workflow, after, limit: 1_000 });
