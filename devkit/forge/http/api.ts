// One request to the REST API: what it asks for, whether the caller may, whether it is well formed, the handler.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { findRepository, includes, maySee, roleOf } from '../domain/permissions.ts';
import type { Forge } from '../forge.ts';
import type { OperationId } from '../github/supported.ts';
import type { Reader } from '../state/state.ts';
import type { Repository, Role, User } from '../state/records.ts';
import { answer } from './answer.ts';
import { attend, type Visit } from './attend.ts';
import { parseJson, readBody, urlOf } from './body.ts';
import { problemOfBody, queryOf } from './description.ts';
import type { Operation } from './operation.ts';
import type { Counted, Resource } from './rate-limits.ts';
import { readerFor } from './reader.ts';
import { ARCHIVED, forbidden, noContent, notFound, Refusal, unprocessable, type Reply } from './reply.ts';
import type { Match, Router } from './router.ts';

type Found = Extract<Match, { kind: 'found' }>;

export async function handleApi(forge: Forge, router: Router, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = urlOf(forge, request);
  if (request.method === 'OPTIONS') return answer(request, response, noContent(), () => ({ allow: 'GET, HEAD, POST, PATCH, PUT, DELETE' }));
  const match = router(request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET'), url.pathname);
  const visit: Visit =
    match.kind === 'found'
      ? {
          route: match.operation.id,
          resource: resourceOf(match.operation.id),
          createsContent: match.operation.createsContent,
          isFree: match.operation.id === 'rate-limit/get',
          ...repositoryIn(match.params),
        }
      : { route: 'unknown', resource: 'core', createsContent: false };
  await attend(forge, request, response, visit, ({ actor, rateKey }) => {
    if (match.kind !== 'found') throw unknownRoute(match, request.method ?? 'GET', url.pathname);
    return perform(forge, match, actor, request, url, rateKey);
  });
}

const resourceOf = (id: OperationId): Resource => (id === 'search/code' ? 'code_search' : id.startsWith('search/') ? 'search' : 'core');

function repositoryIn({ owner, repo }: Found['params']): Pick<Visit, 'repository'> {
  return owner === undefined || repo === undefined ? {} : { repository: `${owner}/${repo}` };
}

async function perform(
  forge: Forge,
  match: Found,
  actor: User | null,
  request: IncomingMessage,
  url: URL,
  rateKey: Counted,
): Promise<Reply> {
  const { operation, described, params } = match;
  const state = readerFor(forge, operation.id, operation.lags, { ...repositoryIn(params), actor: actor?.login });
  if (operation.access !== 'anyone' && actor === null && (operation.access === 'user' || described.method !== 'GET'))
    throw new Refusal(401, 'Requires authentication');
  const place =
    operation.access === 'anyone' || operation.access === 'user' ? {} : admitted(state, operation, described.method, params, actor);
  if (Object.values(params).some(hasNul)) throw notFound();
  const query = queryOf(described, url.searchParams);
  if ('problem' in query) throw unprocessable(query.problem);
  const body = parseJson(await readBody(request, forge.settings.limits.bodyBytes));
  const problem = problemOfBody(described, body);
  if (problem !== undefined) throw unprocessable(problem);
  const odd = [...url.searchParams, ...Object.entries(body ?? {}).filter(([name]) => FOR_GIT.has(name))].find(([, value]) => hasNul(value));
  if (odd !== undefined) throw unprocessable(`${odd[0]} has a NUL character.`);
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

/** Of bodies, what goes to git, which takes no NUL. Titles and texts of people may have it: what is made of them for git is rid of it. */
const FOR_GIT = new Set([
  'base',
  'head',
  'branch',
  'default_branch',
  'ref',
  'sha',
  'commit_title',
  'commit_message',
  'head_sha',
  'commit_id',
  'path',
]);

const hasNul = (value: unknown): boolean => typeof value === 'string' && value.includes('\0');

/** The repository of the path and the caller's role in it, or a refusal: what one may not see does not exist. */
function admitted(
  state: Reader,
  { access, hidden, archivedToo }: Operation,
  method: string,
  params: Record<string, string | number>,
  actor: User | null,
): { repository: Repository; role: Role | null } {
  const repository = findRepository(state, String(params['owner']), String(params['repo']));
  if (repository === undefined || !maySee(state, repository, actor)) throw notFound();
  const role = roleOf(state, repository, actor);
  if (access === 'anyone' || access === 'user' || access === 'visible') return { repository, role };
  if (access !== 'read' && !includes(role, access))
    throw hidden || (access === 'admin' && role === null)
      ? notFound()
      : forbidden(`Must have ${access === 'admin' ? 'admin rights' : `${access} access`} to Repository.`);
  if (repository.archived && method !== 'GET' && !archivedToo) throw forbidden(ARCHIVED);
  return { repository, role };
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
