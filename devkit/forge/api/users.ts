// Who I am, who somebody is, and what the service itself says.
import { notFound, ok } from '../http/reply.ts';
import { openCall, userCall, type Operation } from '../http/operation.ts';
import type { Forge } from '../forge.ts';
import type { User } from '../state/records.ts';
import { timestamp } from './present/common.ts';
import { presentUser } from './present/user.ts';

export const userOperations: Operation[] = [
  openCall('meta/root', ({ forge }) =>
    ok({
      current_user_url: `${forge.url}/user`,
      repository_url: `${forge.url}/repos/{owner}/{repo}`,
      user_url: `${forge.url}/users/{user}`,
      user_repositories_url: `${forge.url}/users/{user}/repos{?type,page,per_page,sort}`,
      current_user_repositories_url: `${forge.url}/user/repos{?type,page,per_page,sort}`,
      issue_search_url: `${forge.url}/search/issues?q={query}{&page,per_page,sort,order}`,
      rate_limit_url: `${forge.url}/rate_limit`,
    }),
  ),
  openCall('rate-limit/get', ({ forge, rateKey }) => {
    const core = forge.rateLimits.limit(rateKey, 'core');
    const search = { limit: core.limit, used: 0, remaining: core.limit, reset: core.reset };
    return ok({ resources: { core, search, graphql: forge.rateLimits.limit(rateKey, 'graphql') }, rate: core });
  }),
  userCall('users/get-authenticated', ({ forge, actor }) => ok(fullUser(forge, actor))),
  openCall('users/get-by-username', ({ forge, state, params }) => {
    const user = state.first('user', 'login', params.username.toLowerCase());
    if (user === undefined) throw notFound();
    return ok(fullUser(forge, user));
  }),
];

const fullUser = (forge: Forge, user: User): Record<string, unknown> => ({
  ...presentUser(forge, user),
  name: user.login,
  company: null,
  blog: '',
  location: null,
  email: user.email,
  hireable: null,
  bio: null,
  public_repos: 0,
  public_gists: 0,
  followers: 0,
  following: 0,
  created_at: timestamp(user.createdAt),
  updated_at: timestamp(user.createdAt),
});
