// Puts a forge together and starts it. Everything that it keeps is in its data directory; one process at a time owns that.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createLauncher } from '../../src/sandbox/launcher/launcher.ts';
import { chooseSandbox } from '../../src/sandbox/probe.ts';
import { operations } from './api/operations.ts';
import { inBackground, tell } from './background.ts';
import { handleLogs } from './ci/log-links.ts';
import { Ci } from './ci/scheduler.ts';
import { handleControl } from './control/control.ts';
import { repositoriesFolder, repositoryDirectory } from './domain/create-repository.ts';
import { familyOf } from './domain/permissions.ts';
import { startMergeDriver } from './domain/merge-driver.ts';
import { createUser } from './domain/create-user.ts';
import type { Forge } from './forge.ts';
import { installHooks } from './git/hooks.ts';
import { GIT_MARK, settleLeftovers } from './git/leftovers.ts';
import { prepareIncoming } from './git/push.ts';
import { finishIntents } from './git/refs.ts';
import { ObjectReaders } from './git/object-reader.ts';
import { GitRepository } from './git/repository.ts';
import { handleGit } from './git/smart-http.ts';
import { handleGraphql } from './graphql/handle.ts';
import { handleApi } from './http/api.ts';
import { Faults } from './http/faults.ts';
import { Refusal } from './http/reply.ts';
import { createRateLimits } from './http/rate-limits.ts';
import { createRouter } from './http/router.ts';
import { seededRandom } from './random.ts';
import type { Settings } from './settings.ts';
import { State } from './state/state.ts';
import { handlePages } from './web/handle.ts';
import { startDeliveries } from './webhooks/deliver.ts';

export interface RunningForge {
  readonly url: string;
  /** Tokens by login: `owner`, `writer`, `reader`, `stranger`, and whoever was added. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly controlToken: string;
  stop(): Promise<void>;
}

const FIRST_USERS = ['owner', 'writer', 'reader', 'stranger'] as const;

/** What an operator has to put right; its message says what and how. */
export class CannotStart extends Error {}

/** @throws CannotStart */
export async function startForge(settings: Settings): Promise<RunningForge> {
  const choice = await chooseSandbox({ unsandboxed: !settings.sandboxed, flag: '--no-sandbox' });
  if (!choice.ok) throw new CannotStart(choice.problem);
  const state = openData(settings.dataDirectory);
  if (state.all('user').length === 0)
    state.transaction((transaction) => FIRST_USERS.forEach((login) => createUser(transaction, login, 'User')));

  // What moves refs goes on when we are killed; the next start waits for it.
  const launcher = createLauncher({ env: { [GIT_MARK]: `${repositoriesFolder(settings.dataDirectory)}${path.sep}` }, atOurEnd: 'finish' });
  const timers = new Set<NodeJS.Timeout>();
  const locks = new Map<number, Promise<unknown>>();
  const router = createRouter(operations);
  const server = createServer((request, response) => void serve(request, response));
  server.headersTimeout = 10_000;
  // Longer than clients keep theirs: one that closes first would cut off a request that is just being sent.
  server.keepAliveTimeout = 60_000;
  await listen(server, settings);
  const { port } = server.address() as AddressInfo;

  const forge: Forge = {
    settings,
    state,
    random: seededRandom(settings.seed),
    faults: new Faults(),
    rateLimits: createRateLimits(settings.limits),
    url: `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`,
    controlToken: secretIn(settings.dataDirectory),
    trialsUnderWay: new Set(),
    objects: new ObjectReaders(),
    launch: launcher.launch,
    git: (repository) => new GitRepository(repositoryDirectory(forge, state.need('user', repository.ownerId), repository.name), forge),
    exclusively: async (repository, work) => {
      // A fork and its parent are one here: a push to the one changes pull requests of the other.
      const family = familyOf(state, repository);
      const before = locks.get(family) ?? Promise.resolve();
      const mine = before.then(work, work);
      locks.set(family, mine);
      return mine;
    },
    settled: () => merging.settled(),
    later: (span, work) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        void inBackground('what was due later', work);
      }, forge.random.within(span));
      timers.add(timer);
    },
  };
  const ci = new Ci(forge, choice.sandbox);
  const ready = settleLeftovers(repositoriesFolder(settings.dataDirectory)).then(() => finishIntents(forge));
  await ready;
  await ci.start();
  const stopDeliveries = startDeliveries(forge);
  const merging = startMergeDriver(forge);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await ready;
      if (!request.url?.startsWith('/')) return void response.writeHead(400).end();
      if (await handleControl(forge, request, response)) return;
      if (await handleGit(forge, request, response)) return;
      if (await handleLogs(forge, request, response)) return;
      if (await handleGraphql(forge, request, response)) return;
      if (await handlePages(forge, router, request, response)) return;
      await handleApi(forge, router, request, response);
    } catch (error) {
      // The client hung up in the middle of its request: there is nobody to tell.
      if (request.destroyed && !request.complete) return;
      // A bug of the forge: told to whoever watches it and to the client, and no other request suffers.
      tell(`${request.method ?? ''} ${request.url ?? ''}`, error);
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify(new Refusal(500, 'The forge has a bug; it printed where.').reply.body));
    }
  }

  return {
    url: forge.url,
    tokens: Object.fromEntries(state.all('token').map((token) => [state.need('user', token.userId).login, token.secret])),
    controlToken: forge.controlToken,
    stop: async () => {
      for (const timer of timers) clearTimeout(timer);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await ci.stop();
      await merging.stop();
      await stopDeliveries();
      forge.objects.end();
      launcher.end();
      state.close();
    },
  };
}

/** Only one process may have it: two would undo each other's refs. */
function openData(directory: string): State {
  try {
    mkdirSync(directory, { recursive: true });
    const state = new State(path.join(directory, 'forge.sqlite'));
    installHooks(directory);
    prepareIncoming(directory);
    return state;
  } catch (error) {
    const { code, errstr, message } = error as NodeJS.ErrnoException & { errstr?: string };
    if (errstr === 'database is locked')
      throw new CannotStart(`Another forge is running on ${directory}. Stop it, or give this one a directory of its own with --data.`);
    if (code !== undefined) throw new CannotStart(`The forge cannot write in ${directory}: ${message}. Give it another one with --data.`);
    throw error;
  }
}

async function listen(server: Server, { host, port }: Settings): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new CannotStart(
          `The forge cannot listen on ${host}, port ${port}: ${error.message}. Give it another with --port; 0 takes any free one.`,
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
}

/** The control token lives beside the data, readable by its owner alone, and stays the same over restarts. */
function secretIn(dataDirectory: string): string {
  const file = path.join(dataDirectory, 'control-token');
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 });
    chmodSync(file, 0o600);
  }
  return readFileSync(file, 'utf8');
}
