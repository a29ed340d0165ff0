// One request to the REST API, from its first byte to its last: who calls, what, whether they may, faults, the handler, the answer.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { findRepository, includes, maySee, roleOf } from '../domain/permissions.ts';
import type { Forge } from '../forge.ts';
import type { Reader } from '../state/state.ts';
import type { Repository, Role, User } from '../state/records.ts';
import { answer } from './answer.ts';
import { callerOf } from './authenticate.ts';
import { parseJson, readBody } from './body.ts';
import { problemOfBody, queryOf } from './description.ts';
import { asRefusal } from './faults.ts';
import type { Operation } from './operation.ts';
import { secondaryLimit } from './rate-limits.ts';
import { forbidden, notFound, Refusal, unprocessable, type Reply } from './reply.ts';
import type { Match, Router } from './router.ts';

type Found = Extract<Match, { kind: 'found' }>;

export async function handleApi(forge: Forge, router: Router, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', forge.url);
  const caller = callerOf(request, forge.state);
  const key = caller === 'anonymous' || caller === 'bad credentials' ? (request.socket.remoteAddress ?? 'anonymous') : caller.secret;
  const match = router(request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET'), url.pathname);
  const route = match.kind === 'found' ? match.operation.id : 'unknown';
  let leave: (() => void) | undefined;
  try {
    const before = forge.faults.strike(route, 'before', ['status', 'secondary-limit', 'cut', 'delay']);
    if (before?.kind === 'cut') return void response.destroy();
    if (before?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, before.ms));
    if (before?.kind === 'status') throw asRefusal(before);
    if (before?.kind === 'secondary-limit') throw secondaryLimit(before.retryAfter ?? 60);
    leave = forge.rateLimits.enter(key, match.kind === 'found' && match.operation.createsContent);
    if (caller === 'bad credentials') throw new Refusal(401, 'Bad credentials');
    checkVersion(request);
    if (match.kind !== 'found') throw unknownRoute(match, request.method ?? 'GET', url.pathname);
    const actor = caller === 'anonymous' ? null : caller.user;
    const reply = await perform(forge, match, actor, request, url, key);

    const after = forge.faults.strike(route, 'after', ['status', 'cut', 'delay']);
    if (after?.kind === 'cut') return void response.destroy();
    if (after?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, after.ms));
    if (after?.kind === 'status') throw asRefusal(after);
    answer(request, response, reply, (status) => {
      if (status === 304) forge.rateLimits.refund(key);
      return forge.rateLimits.headers(key);
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    answer(request, response, error.reply, () => forge.rateLimits.headers(key));
  } finally {
    leave?.();
  }
}

async function perform(
  forge: Forge,
  match: Found,
  actor: User | null,
  request: IncomingMessage,
  url: URL,
  rateKey: string,
): Promise<Reply> {
  const { operation, described, params } = match;
  const state = readerFor(forge, operation);
  if (operation.access !== 'anyone' && actor === null && (operation.access === 'user' || request.method !== 'GET'))
    throw new Refusal(401, 'Requires authentication');
  const place = operation.access === 'anyone' || operation.access === 'user' ? {} : admitted(state, operation.access, params, actor);
  const query = queryOf(described, url.searchParams);
  if ('problem' in query) throw unprocessable(query.problem);
  const body = parseJson(await readBody(request, forge.settings.limits.bodyBytes));
  const problem = problemOfBody(described, body);
  if (problem !== undefined) throw unprocessable(problem);
  return operation.handle({
    forge,
    state,
    actor,
    params,
    query: query.query,
    body: body ?? {},
    mediaType: mediaTypeOf(request),
    url,
    rateKey,
    ...place,
  });
}

/** The repository of the path and the caller's role in it, or a refusal: what one may not see does not exist. */
function admitted(
  state: Reader,
  access: 'visible' | Role,
  params: Record<string, string | number>,
  actor: User | null,
): { repository: Repository; role: Role | null } {
  const repository = findRepository(state, String(params['owner']), String(params['repo']));
  if (repository === undefined || !maySee(state, repository, actor)) throw notFound();
  const role = roleOf(state, repository, actor);
  if (access === 'visible') return { repository, role };
  if (access === 'read' ? false : !includes(role, access))
    throw access === 'admin' && role === null
      ? notFound()
      : forbidden(`Must have ${access === 'admin' ? 'admin rights' : `${access} access`} to Repository.`);
  if (repository.archived) throw forbidden('Repository was archived so is read-only.');
  return { repository, role };
}

function readerFor(forge: Forge, operation: Operation): Reader {
  const stale = forge.faults.strike(operation.id, 'before', ['stale']);
  if (stale?.kind === 'stale') return forge.state.asOf(Date.now() - stale.ms);
  const lag = operation.lags ? forge.random.within(forge.settings.delays.lists) : 0;
  return lag > 0 ? forge.state.asOf(Date.now() - lag) : forge.state;
}

function checkVersion(request: IncomingMessage): void {
  const version = request.headers['x-github-api-version'];
  if (version !== undefined && version !== '2022-11-28')
    throw new Refusal(400, `"${String(version)}" is not a supported version of the API. Supported: 2022-11-28.`);
}

function unknownRoute(match: Exclude<Match, Found>, method: string, path: string): Refusal {
  if (match.kind === 'missing')
    return new Refusal(501, `The forge does not speak ${match.id} (${method} ${path}). Add it to devkit/forge, or do without it.`);
  if (match.kind === 'nowhere') return notFound();
  return new Refusal(501, `GitHub has no route ${method} ${path}, nor has the forge.`);
}

/** `application/vnd.github.raw+json`, `application/vnd.github.v3.diff`, … */
function mediaTypeOf(request: IncomingMessage): string {
  const kind = /application\/vnd\.github(?:\.v3|\.[a-z]+-preview)?\.?(raw|html|text|full|diff|patch|sha|object|star)?(?:\+json)?/.exec(
    request.headers.accept ?? '',
  );
  return kind?.[1] ?? 'json';
}
