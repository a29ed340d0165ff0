// Pages for people at the addresses that the API gives as `html_url`: to read only, without scripts, for whoever may see the repository.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { findRepository, maySee } from '../domain/permissions.ts';
import type { Forge } from '../forge.ts';
import { answer } from '../http/answer.ts';
import { callerOf } from '../http/authenticate.ts';
import { urlOf } from '../http/body.ts';
import type { Reply } from '../http/reply.ts';
import type { Router } from '../http/router.ts';
import type { User } from '../state/records.ts';
import { checkRunPage, jobPage, workflowRunPage } from './check-pages.ts';
import { issueList, issuePage, plainPull, pullPage } from './issue-pages.ts';
import { nowhere } from './layout.ts';
import { rootOf, type Place } from './place.ts';
import { commitPage, filePage, repositoryList, repositoryPage } from './repository-pages.ts';

/** Answers the request if it is for a page, which no route of the API is; returns whether it was. */
export async function handlePages(forge: Forge, router: Router, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const { pathname } = urlOf(forge, request);
  const segments = segmentsOf(pathname);
  if (segments === undefined) return false;
  const [login] = segments;
  const owner = login === undefined ? undefined : forge.state.first('user', 'login', login.toLowerCase());
  const isHome = pathname === '/' && request.headers.accept?.includes('text/html') === true;
  if (!isHome && (owner === undefined || router('GET', pathname).kind !== 'unknown')) return false;
  const caller = callerOf(request, forge.state);
  const viewer = typeof caller === 'string' ? null : caller.user;
  answer(
    request,
    response,
    owner === undefined ? repositoryList(forge, viewer, null) : await pageOf(forge, viewer, owner, segments.slice(1)),
  );
  return true;
}

function segmentsOf(pathname: string): string[] | undefined {
  try {
    return pathname
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    return undefined; // a malformed escape
  }
}

async function pageOf(forge: Forge, viewer: User | null, owner: User, [name, ...rest]: readonly string[]): Promise<Reply> {
  if (name === undefined) return repositoryList(forge, viewer, owner);
  const { state } = forge;
  const repository = findRepository(state, owner.login, name);
  if (repository === undefined || !maySee(state, repository, viewer)) return nowhere();
  return (await routed({ forge, state, viewer, owner, repository, root: rootOf(state, repository) }, rest)) ?? nowhere();
}

async function routed(place: Place, [kind, first = '', ...more]: readonly string[]): Promise<Reply | undefined> {
  const [second, third] = more;
  const plain = /^(\d+)\.(diff|patch)$/.exec(first);
  switch (kind) {
    case undefined:
      return repositoryPage(place);
    case 'issues':
      return first === '' ? issueList(place, 'issues') : issuePage(place, first);
    case 'pulls':
      return issueList(place, 'pulls');
    case 'pull':
      if (plain !== null) return plainPull(place, plain[1] ?? '', plain[2] as 'diff' | 'patch');
      return pullPage(place, first, second ?? '');
    case 'commit':
      return commitPage(place, first);
    case 'blob':
    case 'tree':
      return filePage(place, [first, ...more].join('/'));
    case 'runs':
      return checkRunPage(place, first);
    case 'actions':
      if (first !== 'runs' || second === undefined) return undefined;
      return third === 'job' ? jobPage(place, second, more[2] ?? '') : workflowRunPage(place, second);
    default:
      return undefined;
  }
}
