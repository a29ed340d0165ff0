// A repository as GitHub shows it: briefly within other things, in full by itself.
import type { components } from '@octokit/openapi-types';
import { includes } from '../../domain/permissions.ts';
import type { Forge } from '../../forge.ts';
import type { Reader } from '../../state/state.ts';
import type { Repository, Role } from '../../state/records.ts';
import { nodeId, timestamp } from './common.ts';
import { presentUser } from './user.ts';

/** With the properties that organisations define: the forge has none. */
export type RepositoryView = components['schemas']['repository'] & { readonly custom_properties: Record<string, string> };

export const fullName = (state: Reader, repository: Repository): string =>
  `${state.need('user', repository.ownerId).login}/${repository.name}`;

export function repositoryLinks(forge: Forge, state: Reader, repository: Repository): { api: string; html: string } {
  const name = fullName(state, repository);
  return { api: `${forge.url}/repos/${name}`, html: `${forge.url}/${name}` };
}

export const presentPermissions = (role: Role | null): NonNullable<RepositoryView['permissions']> => ({
  admin: includes(role, 'admin'),
  maintain: includes(role, 'maintain'),
  push: includes(role, 'write'),
  triage: includes(role, 'triage'),
  pull: true,
});

export function presentRepository(forge: Forge, state: Reader, repository: Repository, role?: Role | null): RepositoryView {
  const { api, html } = repositoryLinks(forge, state, repository);
  const openIssues = state.count('issue', repository.id);
  const forks = state.select('repository', 'parent', repository.id).length;
  return {
    id: repository.id,
    node_id: nodeId('repository', repository.id),
    name: repository.name,
    full_name: fullName(state, repository),
    private: repository.private,
    owner: presentUser(forge, state.need('user', repository.ownerId)),
    html_url: html,
    description: repository.description,
    fork: repository.parentId !== null,
    url: api,
    forks_url: `${api}/forks`,
    keys_url: `${api}/keys{/key_id}`,
    collaborators_url: `${api}/collaborators{/collaborator}`,
    teams_url: `${api}/teams`,
    hooks_url: `${api}/hooks`,
    issue_events_url: `${api}/issues/events{/number}`,
    events_url: `${api}/events`,
    assignees_url: `${api}/assignees{/user}`,
    branches_url: `${api}/branches{/branch}`,
    tags_url: `${api}/tags`,
    blobs_url: `${api}/git/blobs{/sha}`,
    git_tags_url: `${api}/git/tags{/sha}`,
    git_refs_url: `${api}/git/refs{/sha}`,
    trees_url: `${api}/git/trees{/sha}`,
    statuses_url: `${api}/statuses/{sha}`,
    languages_url: `${api}/languages`,
    stargazers_url: `${api}/stargazers`,
    contributors_url: `${api}/contributors`,
    subscribers_url: `${api}/subscribers`,
    subscription_url: `${api}/subscription`,
    commits_url: `${api}/commits{/sha}`,
    git_commits_url: `${api}/git/commits{/sha}`,
    comments_url: `${api}/comments{/number}`,
    issue_comment_url: `${api}/issues/comments{/number}`,
    contents_url: `${api}/contents/{+path}`,
    compare_url: `${api}/compare/{base}...{head}`,
    merges_url: `${api}/merges`,
    archive_url: `${api}/{archive_format}{/ref}`,
    downloads_url: `${api}/downloads`,
    issues_url: `${api}/issues{/number}`,
    pulls_url: `${api}/pulls{/number}`,
    milestones_url: `${api}/milestones{/number}`,
    notifications_url: `${api}/notifications{?since,all,participating}`,
    labels_url: `${api}/labels{/name}`,
    releases_url: `${api}/releases{/id}`,
    deployments_url: `${api}/deployments`,
    created_at: timestamp(repository.createdAt),
    updated_at: timestamp(repository.updatedAt),
    pushed_at: timestamp(repository.pushedAt),
    git_url: `${html.replace(/^http/, 'git')}.git`,
    ssh_url: `git@${new URL(forge.url).hostname}:${fullName(state, repository)}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: repository.hasIssues,
    has_projects: false,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: forks,
    mirror_url: null,
    archived: repository.archived,
    disabled: false,
    open_issues_count: openIssues,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    custom_properties: {},
    visibility: repository.private ? 'private' : 'public',
    forks,
    open_issues: openIssues,
    watchers: 0,
    default_branch: repository.defaultBranch,
    ...(role === undefined ? {} : { permissions: presentPermissions(role) }),
  };
}

/** A repository as it stands within runs and checks: what it is called, and where everything is. */
export function presentMinimalRepository(forge: Forge, state: Reader, repository: Repository): components['schemas']['minimal-repository'] {
  const all = presentRepository(forge, state, repository);
  const isKept = (name: string): boolean => IDENTITY.has(name) || (name.endsWith('_url') && !ADDRESSES_OF_CODE.has(name));
  return Object.fromEntries(Object.entries(all).filter(([name]) => isKept(name))) as components['schemas']['minimal-repository'];
}

const IDENTITY = new Set(['id', 'node_id', 'name', 'full_name', 'private', 'owner', 'description', 'fork', 'url']);
const ADDRESSES_OF_CODE = new Set(['git_url', 'ssh_url', 'clone_url', 'svn_url', 'mirror_url']);

/** What only GET of the repository itself, and its creation and change, show. */
export function presentFullRepository(forge: Forge, state: Reader, repository: Repository, role: Role | null): Record<string, unknown> {
  const parent = repository.parentId === null ? undefined : state.get('repository', repository.parentId);
  return {
    ...presentRepository(forge, state, repository, role),
    temp_clone_token: null,
    allow_merge_commit: repository.allowMergeCommit,
    allow_squash_merge: repository.allowSquashMerge,
    allow_rebase_merge: repository.allowRebaseMerge,
    allow_auto_merge: repository.allowAutoMerge,
    allow_update_branch: repository.allowUpdateBranch,
    delete_branch_on_merge: repository.deleteBranchOnMerge,
    subscribers_count: 0,
    network_count: 0,
    ...(parent === undefined ? {} : { parent: presentRepository(forge, state, parent), source: presentRepository(forge, state, parent) }),
  };
}
