// A person as GitHub shows one within other things.
import type { components } from '@octokit/openapi-types';
import type { Forge } from '../../forge.ts';
import type { User } from '../../state/records.ts';
import { nodeId } from './common.ts';

export type SimpleUser = components['schemas']['simple-user'];

export function presentUser(forge: Forge, user: User): SimpleUser {
  const api = `${forge.url}/users/${encodeURIComponent(user.login)}`;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId('user', user.id),
    avatar_url: `${forge.url}/avatars/${user.id}`,
    gravatar_id: '',
    url: api,
    html_url: `${forge.url}/${encodeURIComponent(user.login)}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: user.type,
    user_view_type: 'public',
    site_admin: false,
  };
}
