// Git over HTTP: clone, fetch and push through git's own http-backend. A push is answered once the forge has taken in what it changed.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { findRepository, includes, maySee, roleOf } from '../domain/permissions.ts';
import { rulesForPush } from '../domain/protection.ts';
import type { Forge } from '../forge.ts';
import { callerOf } from '../http/authenticate.ts';
import type { Repository, User } from '../state/records.ts';
import { hookEnvironment } from './hooks.ts';
import { takeInPush } from './refs.ts';
import { GIT_ENVIRONMENT } from './repository.ts';

const ROUTE = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

/** Answers the request if it is git's; returns whether it was. */
export async function handleGit(forge: Forge, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const url = new URL(request.url ?? '/', forge.url);
  const [, owner, name, call] = ROUTE.exec(url.pathname) ?? [];
  if (owner === undefined || name === undefined || call === undefined) return false;
  const service = call === 'info/refs' ? url.searchParams.get('service') : call;
  if (service !== 'git-upload-pack' && service !== 'git-receive-pack') {
    refuse(response, 403, 'Only the smart protocol is served: use git 1.6.6 or newer.');
    return true;
  }
  const caller = callerOf(request, forge.state);
  const user = typeof caller === 'string' ? null : caller.user;
  const repository = findRepository(forge.state, decodeURIComponent(owner), decodeURIComponent(name));
  const isPush = service === 'git-receive-pack';
  const refusal = refusalFor(forge, caller, repository, isPush);
  if (refusal !== undefined || repository === undefined) {
    const [status, message] = refusal ?? [404, 'Repository not found.'];
    refuse(response, status, message);
    return true;
  }
  const fault = forge.faults.strike(service.replace('git-', 'git/'), 'before', ['status', 'cut', 'delay']);
  if (fault?.kind === 'cut') response.destroy();
  else if (fault?.kind === 'status') refuse(response, fault.status, 'The forge is in trouble, as requested.');
  else {
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    if (isPush && call !== 'info/refs' && user !== null) await push(forge, repository, user, request, response);
    else await relay(forge, repository, user, request, response, call);
  }
  return true;
}

function refusalFor(
  forge: Forge,
  caller: ReturnType<typeof callerOf>,
  repository: Repository | undefined,
  isPush: boolean,
): [status: number, message: string] | undefined {
  if (caller === 'bad credentials') return [401, 'Invalid username or token.'];
  const user = caller === 'anonymous' ? null : caller.user;
  if (repository === undefined || !maySee(forge.state, repository, user))
    return user === null ? [401, 'Authentication required.'] : [404, 'Repository not found.'];
  if (!isPush) return undefined;
  if (user === null) return [401, 'Authentication required.'];
  if (!includes(roleOf(forge.state, repository, user), 'write'))
    return [403, `Permission to ${nameOf(forge, repository)}.git denied to ${user.login}.`];
  return repository.archived ? [403, 'This repository was archived so it is read-only.'] : undefined;
}

const nameOf = (forge: Forge, repository: Repository): string => `${forge.state.need('user', repository.ownerId).login}/${repository.name}`;

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain',
    ...(status === 401 ? { 'www-authenticate': 'Basic realm="forge"' } : {}),
  });
  response.end(`${message}\n`);
}

/** The answer is held back until refs, pull requests and events are on disk, so that what git reports as pushed stays pushed. */
async function push(forge: Forge, repository: Repository, user: User, request: IncomingMessage, response: ServerResponse): Promise<void> {
  await forge.exclusively(repository, async () => {
    const intent = forge.state.transaction((transaction) =>
      transaction.add('intent', { repositoryId: repository.id, actorId: user.id, change: { kind: 'push' }, createdAt: Date.now() }),
    );
    const child = backend(forge, repository, user, request, 'git-receive-pack');
    const received = collect(child);
    await feed(request, child);
    const output = await received;
    await takeInPush(forge, repository, user, intent.id);
    const fault = forge.faults.strike('git/receive-pack', 'after', ['status', 'cut', 'delay']);
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    if (fault?.kind === 'cut') return void response.destroy();
    if (fault?.kind === 'status') return refuse(response, fault.status, 'The forge is in trouble, as requested.');
    const { status, headers, rest } = splitCgi(output);
    response.writeHead(status, headers);
    response.end(rest);
  });
}

async function relay(
  forge: Forge,
  repository: Repository,
  user: User | null,
  request: IncomingMessage,
  response: ServerResponse,
  call: string,
): Promise<void> {
  const child = backend(forge, repository, user, request, call);
  response.on('close', () => child.kill());
  void feed(request, child);
  let head = Buffer.alloc(0);
  let started = false;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    if (!started) {
      head = Buffer.concat([head, chunk]);
      if (head.indexOf('\r\n\r\n') < 0) continue;
      const { status, headers, rest } = splitCgi(head);
      response.writeHead(status, headers);
      response.write(rest);
      started = true;
    } else if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
    if (response.destroyed) return;
  }
  if (started) response.end();
  else refuse(response, 500, 'git gave no answer.');
}

function backend(
  forge: Forge,
  repository: Repository,
  user: User | null,
  request: IncomingMessage,
  call: string,
): ChildProcessWithoutNullStreams {
  const directory = forge.git(repository).directory;
  const url = new URL(request.url ?? '/', forge.url);
  const child = spawn('git', ['http-backend'], {
    env: {
      ...GIT_ENVIRONMENT,
      ...configuration({
        'http.receivepack': 'true',
        'receive.hideRefs': 'refs/pull',
        'receive.maxInputSize': String(forge.settings.limits.pushBytes),
        'receive.autogc': 'false',
        'uploadpack.allowFilter': 'true',
        'uploadpack.allowAnySHA1InWant': 'true',
        'core.hooksPath': path.join(forge.settings.dataDirectory, 'hooks'),
      }),
      ...(user === null ? {} : { REMOTE_USER: user.login, ...hookEnvironment(rulesForPush(forge.state, repository, user)) }),
      GIT_PROJECT_ROOT: path.dirname(directory),
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: `/${path.basename(directory)}/${call}`,
      REQUEST_METHOD: request.method ?? 'GET',
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: request.headers['content-length'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_ADDR: request.socket.remoteAddress ?? '',
    },
  });
  child.stderr.resume();
  return child;
}

/** Git configuration by environment: it reaches git's own children, and no file is written. */
function configuration(values: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(values);
  return {
    GIT_CONFIG_COUNT: String(entries.length),
    ...Object.fromEntries(
      entries.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

/** A client that hangs up, or a backend that has heard enough, ends the stream early: both show in what comes out. */
async function feed(request: IncomingMessage, child: ChildProcessWithoutNullStreams): Promise<void> {
  await pipeline(request, child.stdin).catch(() => request.resume());
}

async function collect(child: ChildProcessWithoutNullStreams): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function splitCgi(output: Buffer): { status: number; headers: Record<string, string>; rest: Buffer } {
  const end = output.indexOf('\r\n\r\n');
  if (end < 0) return { status: 500, headers: { 'content-type': 'text/plain' }, rest: Buffer.from('git gave no answer.\n') };
  const headers: Record<string, string> = {};
  let status = 200;
  for (const line of output.subarray(0, end).toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'status') status = Number.parseInt(value, 10);
    else headers[name] = value;
  }
  return { status, headers, rest: output.subarray(end + 4) };
}
