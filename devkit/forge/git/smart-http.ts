// Git over HTTP: clone, fetch and push through git's own http-backend. A push is answered once the forge has taken in what it changed.
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { branchesToMaintain, findRepository, includes, maySee, roleOf } from '../domain/permissions.ts';
import type { Forge } from '../forge.ts';
import { callerOf } from '../http/authenticate.ts';
import { urlOf } from '../http/body.ts';
import { Refusal } from '../http/reply.ts';
import type { Repository, User } from '../state/records.ts';
import { backend, splitCgi } from './backend.ts';
import { push } from './push.ts';

const ROUTE = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

/** Answers the request if it is git's; returns whether it was. */
export async function handleGit(forge: Forge, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const url = urlOf(forge, request);
  const [, owner, name, call] = ROUTE.exec(url.pathname) ?? [];
  if (owner === undefined || name === undefined || call === undefined) return false;
  const service = call === 'info/refs' ? url.searchParams.get('service') : call;
  if (service !== 'git-upload-pack' && service !== 'git-receive-pack') {
    refuse(response, 403, 'Only the smart protocol is served: use git 1.6.6 or newer.');
    return true;
  }
  const caller = callerOf(request, forge.state);
  const user = typeof caller === 'string' ? null : caller.user;
  const repository = findRepository(forge.state, owner, name);
  const isPush = service === 'git-receive-pack';
  const refusal = refusalFor(forge, caller, repository, isPush);
  if (refusal !== undefined || repository === undefined) {
    const [status, message] = refusal ?? [404, 'Repository not found.'];
    refuse(response, status, message);
    return true;
  }
  const scope = { repository: nameOf(forge, repository), actor: user?.login };
  const fault = forge.faults.strike(service.replace('git-', 'git/'), 'before', scope, ['status', 'cut', 'delay', 'hold']);
  if (fault?.kind === 'cut') response.destroy();
  else if (fault?.kind === 'status') refuse(response, fault.status, 'The forge is in trouble, as requested.');
  else {
    if (fault?.kind === 'hold') await fault.ended;
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    const isPack = isPush && call !== 'info/refs' && user !== null;
    try {
      if (isPack) await push(forge, repository, user, request, response);
      else await relay(forge, repository, user, request, response, call);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(response, error.reply.status, error.message, error.reply.headers);
    }
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
  if (!includes(roleOf(forge.state, repository, user), 'write') && branchesToMaintain(forge.state, repository, user).length === 0)
    return [403, `Permission to ${nameOf(forge, repository)}.git denied to ${user.login}.`];
  return repository.archived ? [403, 'This repository was archived so it is read-only.'] : undefined;
}

const nameOf = (forge: Forge, repository: Repository): string => `${forge.state.need('user', repository.ownerId).login}/${repository.name}`;

function refuse(response: ServerResponse, status: number, message: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, {
    ...headers,
    'content-type': 'text/plain',
    ...(status === 401 ? { 'www-authenticate': 'Basic realm="forge"' } : {}),
  });
  response.end(`${message}\n`);
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

/** A client that hangs up, or a backend that has heard enough, ends the stream early: both show in what comes out. */
async function feed(request: IncomingMessage, child: ChildProcessWithoutNullStreams): Promise<void> {
  await pipeline(request, child.stdin).catch(() => request.resume());
}
