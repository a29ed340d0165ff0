// A commit, a ref, a tree and a blob as GitHub's Git database shows them: what git has, and no more.
import type { components } from '@octokit/openapi-types';
import type { Forge } from '../../forge.ts';
import type { Commit } from '../../git/commit.ts';
import type { TreeEntry } from '../../git/tree.ts';
import type { Repository } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { encodePath } from './content.ts';
import { repositoryLinks } from './repository.ts';

export const UNSIGNED = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

/** The global id of something that git has. */
export const gitNodeId = (prefix: string, repository: Repository, name: string): string =>
  `${prefix}_${Buffer.from(`${repository.id}:${name}`).toString('base64url')}`;

export function presentGitCommit(forge: Forge, state: Reader, repository: Repository, commit: Commit): components['schemas']['git-commit'] {
  const { api, html } = repositoryLinks(forge, state, repository);
  return {
    sha: commit.sha,
    node_id: gitNodeId('C', repository, commit.sha),
    url: `${api}/git/commits/${commit.sha}`,
    html_url: `${html}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/git/commits/${sha}`, html_url: `${html}/commit/${sha}` })),
    verification: UNSIGNED,
  };
}

export interface RefFacts {
  readonly name: string;
  readonly sha: string;
  readonly type: string;
}

export function presentRef(forge: Forge, state: Reader, repository: Repository, ref: RefFacts): components['schemas']['git-ref'] {
  const { api } = repositoryLinks(forge, state, repository);
  return {
    ref: ref.name,
    node_id: gitNodeId('REF', repository, ref.name),
    url: `${api}/git/${encodePath(ref.name)}`,
    object: { sha: ref.sha, type: ref.type, url: `${api}/git/${ref.type}s/${ref.sha}` },
  };
}

export function presentTree(
  forge: Forge,
  state: Reader,
  repository: Repository,
  sha: string,
  entries: readonly TreeEntry[],
  truncated: boolean,
): components['schemas']['git-tree'] {
  const { api } = repositoryLinks(forge, state, repository);
  return {
    sha,
    url: `${api}/git/trees/${sha}`,
    tree: entries.map((entry) => ({
      path: entry.path,
      mode: entry.mode,
      type: entry.type,
      sha: entry.sha,
      ...(entry.size === null ? {} : { size: entry.size }),
      ...(entry.type === 'commit' ? {} : { url: `${api}/git/${entry.type}s/${entry.sha}` }),
    })),
    truncated,
  };
}
