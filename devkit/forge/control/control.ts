// The forge's own routes, for tests and demos, under the control token: faults, effects, people and repositories.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Ajv, type ValidateFunction } from 'ajv';
import { createRepository, isRepositoryName } from '../domain/create-repository.ts';
import { fullName } from '../api/present/repository.ts';
import { findRepository } from '../domain/permissions.ts';
import type { Forge } from '../forge.ts';
import { answer } from '../http/answer.ts';
import { parseJson, readBody, urlOf } from '../http/body.ts';
import { OPERATIONS } from '../http/description.ts';
import { created, noContent, notFound, ok, Refusal, unprocessable, type Reply } from '../http/reply.ts';
import { createUser } from '../domain/create-user.ts';
import type { Role } from '../state/records.ts';
import { checkFaultRequest, problemOfFault } from './fault-request.ts';

const ajv = new Ajv({ allErrors: true, validateSchema: false });
const text = { type: 'string', minLength: 1 };
const plain = (required: string[], properties: Record<string, object>): object => ({
  type: 'object',
  required,
  properties,
  additionalProperties: false,
});
const checkUser = ajv.compile<{ login: string; type?: 'User' | 'Bot' }>(
  plain(['login'], {
    login: { type: 'string', pattern: '^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?(?:\\[bot\\])?$' },
    type: { enum: ['User', 'Bot'] },
  }),
);
const checkRepository = ajv.compile<{
  owner: string;
  name: string;
  from?: string;
  private?: boolean;
  collaborators?: Record<string, Role>;
}>(
  plain(['owner', 'name'], {
    owner: text,
    name: text,
    from: text,
    private: { type: 'boolean' },
    collaborators: { type: 'object', additionalProperties: { enum: ['read', 'triage', 'write', 'maintain', 'admin'] } },
  }),
);

/** What calls have at the place where addresses of pages have an owner. */
const TAKEN: ReadonlySet<string> = new Set(['graphql', ...[...OPERATIONS.values()].map(({ path }) => path.split('/')[1] ?? '')]);

type Route = (forge: Forge, body: unknown, url: URL) => Reply | Promise<Reply>;

const ROUTES: Record<string, Route> = {
  'POST /_faults': (forge, body) => {
    const request = checked(checkFaultRequest, body);
    const problem = problemOfFault(request);
    if (problem !== undefined) throw unprocessable(problem);
    return created(forge.faults.add(request));
  },
  'GET /_faults': (forge) => ok(forge.faults.list()),
  'DELETE /_faults': (forge, _body, url) => {
    const id = url.searchParams.get('id');
    if (id === null) forge.faults.clear();
    else if (!forge.faults.remove(Number(id))) throw notFound();
    return noContent();
  },
  'GET /_effects': async (forge, _body, url) => {
    if (url.searchParams.get('settled') === 'true') await forge.settled();
    const number = (name: string, usual: number): number => Math.max(0, Number(url.searchParams.get(name) ?? usual) || 0);
    return ok(forge.state.effects(number('after', 0), Math.min(number('limit', 1_000), 10_000)));
  },
  'POST /_users': (forge, body) => {
    const { login, type } = checked(checkUser, body);
    if (TAKEN.has(login.toLowerCase())) throw unprocessable(`${login} is no login: addresses of the forge begin so.`);
    if (forge.state.first('user', 'login', login.toLowerCase()) !== undefined) throw unprocessable(`There is a user ${login} already.`);
    return created(forge.state.transaction((transaction) => createUser(transaction, login, type ?? 'User')));
  },
  'POST /_repositories': async (forge, body) => {
    const wish = checked(checkRepository, body);
    const owner = forge.state.first('user', 'login', wish.owner.toLowerCase());
    if (owner === undefined) throw unprocessable(`There is no user ${wish.owner}.`);
    if (!isRepositoryName(wish.name)) throw unprocessable(`${JSON.stringify(wish.name)} is no name for a repository.`);
    if (findRepository(forge.state, wish.owner, wish.name) !== undefined)
      throw unprocessable(`${wish.owner}/${wish.name} is there already.`);
    const members = Object.entries(wish.collaborators ?? {}).map(([login, role]) => {
      const user = forge.state.first('user', 'login', login.toLowerCase());
      if (user === undefined) throw unprocessable(`There is no user ${login}.`);
      return { user, role };
    });
    const { name, from } = wish;
    const repository = await createRepository(forge, owner, {
      name,
      private: wish.private ?? false,
      ...(from === undefined ? { initialize: true } : { from }),
    });
    forge.state.transaction((transaction) => {
      for (const { user, role } of members)
        transaction.add('collaborator', {
          repositoryId: repository.id,
          userId: user.id,
          role,
          accepted: true,
          invitedBy: owner.id,
          createdAt: Date.now(),
        });
    });
    return created({
      full_name: fullName(forge.state, repository),
      clone_url: `${forge.url}/${fullName(forge.state, repository)}.git`,
      path: forge.git(repository).directory,
    });
  },
};

/** Answers the request if it is for one of these routes; returns whether it was. */
export async function handleControl(forge: Forge, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const url = urlOf(forge, request);
  if (!url.pathname.startsWith('/_')) return false;
  try {
    if (request.headers.authorization !== `Bearer ${forge.controlToken}`)
      throw new Refusal(
        401,
        'The control routes ask for the control token that the forge printed at its start: Authorization: Bearer <token>.',
      );
    const route = ROUTES[`${request.method ?? 'GET'} ${url.pathname}`];
    if (route === undefined)
      throw new Refusal(
        501,
        `The forge has no control route ${request.method ?? 'GET'} ${url.pathname}; it has ${Object.keys(ROUTES).join(', ')}.`,
      );
    const body = parseJson(await readBody(request, forge.settings.limits.bodyBytes));
    answer(request, response, await route(forge, body, url));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    answer(request, response, error.reply);
  }
  return true;
}

function checked<Body>(check: ValidateFunction<Body>, body: unknown): Body {
  if (check(body)) return body;
  const problems = (check.errors ?? []).map(({ instancePath, message = '', params }) => {
    const { additionalProperty } = params as { additionalProperty?: string };
    return `${instancePath === '' ? 'the body' : instancePath} ${additionalProperty === undefined ? message : `must not have ${additionalProperty}`}`;
  });
  throw unprocessable(`The request is not as it must be: ${problems.join(', ')}. devkit/forge/README.md says how it is.`);
}
