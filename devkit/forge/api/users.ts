// Who I am, who somebody is, and what the service itself says.
import { notFound, ok } from '../http/reply.ts';
import { openCall, userCall, type Operation } from '../http/operation.ts';
import type { Forge } from '../forge.ts';
import type { User } from '../state/records.ts';
import { timestamp } from './present/common.ts';
import { presentUser } from './present/user.ts';

/** GitHub's own list, with what the forge does not speak. */
const PLACES = {
  current_user_url: '/user',
  current_user_authorizations_html_url: '/settings/connections/applications{/client_id}',
  authorizations_url: '/authorizations',
  code_search_url: '/search/code?q={query}{&page,per_page,sort,order}',
  commit_search_url: '/search/commits?q={query}{&page,per_page,sort,order}',
  emails_url: '/user/emails',
  emojis_url: '/emojis',
  events_url: '/events',
  feeds_url: '/feeds',
  followers_url: '/user/followers',
  following_url: '/user/following{/target}',
  gists_url: '/gists{/gist_id}',
  issue_search_url: '/search/issues?q={query}{&page,per_page,sort,order}',
  issues_url: '/issues',
  keys_url: '/user/keys',
  label_search_url: '/search/labels?q={query}&repository_id={repository_id}{&page,per_page}',
  notifications_url: '/notifications',
  organization_url: '/orgs/{org}',
  organization_repositories_url: '/orgs/{org}/repos{?type,page,per_page,sort}',
  organization_teams_url: '/orgs/{org}/teams',
  public_gists_url: '/gists/public',
  rate_limit_url: '/rate_limit',
  repository_url: '/repos/{owner}/{repo}',
  repository_search_url: '/search/repositories?q={query}{&page,per_page,sort,order}',
  current_user_repositories_url: '/user/repos{?type,page,per_page,sort}',
  starred_url: '/user/starred{/owner}{/repo}',
  starred_gists_url: '/gists/starred',
  user_url: '/users/{user}',
  user_organizations_url: '/user/orgs',
  user_repositories_url: '/users/{user}/repos{?type,page,per_page,sort}',
  user_search_url: '/search/users?q={query}{&page,per_page,sort,order}',
};

export const userOperations: Operation[] = [
  openCall('meta/root', ({ forge }) => ok(Object.fromEntries(Object.entries(PLACES).map(([name, path]) => [name, `${forge.url}${path}`])))),
  openCall('rate-limit/get', ({ forge, rateKey }) => {
    const [core, search, codeSearch, graphql] = (['core', 'search', 'code_search', 'graphql'] as const).map((resource) =>
      forge.rateLimits.limit(rateKey, resource),
    );
    return ok({ resources: { core, search, code_search: codeSearch, graphql }, rate: core });
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
  email: user.type === 'Bot' ? null : user.email, // a bot's has brackets, and is no address
  hireable: null,
  bio: null,
  public_repos: 0,
  public_gists: 0,
  followers: 0,
  following: 0,
  created_at: timestamp(user.createdAt),
  updated_at: timestamp(user.createdAt),
});
