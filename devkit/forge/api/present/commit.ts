// A commit as GitHub shows it. Persons are users of the forge where their address is one's.
import type { components } from '@octokit/openapi-types';
import type { Forge } from '../../forge.ts';
import type { Commit, CommitPerson } from '../../git/commit.ts';
import type { Repository } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { repositoryLinks } from './repository.ts';
import { presentUser, type SimpleUser } from './user.ts';

export type CommitView = components['schemas']['commit'];

export function presentCommit(forge: Forge, state: Reader, repository: Repository, commit: Commit): CommitView {
  const { api, html } = repositoryLinks(forge, state, repository);
  const { sha } = commit;
  return {
    sha,
    node_id: `C_${Buffer.from(`${repository.id}:${sha}`).toString('base64url')}`,
    url: `${api}/commits/${sha}`,
    html_url: `${html}/commit/${sha}`,
    comments_url: `${api}/commits/${sha}/comments`,
    commit: {
      url: `${api}/git/commits/${sha}`,
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      comment_count: 0,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      verification: { verified: false, reason: 'unsigned', payload: null, signature: null, verified_at: null },
    },
    author: userOf(forge, state, commit.author),
    committer: userOf(forge, state, commit.committer),
    parents: commit.parents.map((parent) => ({
      sha: parent,
      url: `${api}/commits/${parent}`,
      html_url: `${html}/commit/${parent}`,
    })),
  };
}

function userOf(forge: Forge, state: Reader, { email }: CommitPerson): SimpleUser | null {
  const user = state.first('user', 'email', email.toLowerCase());
  return user === undefined ? null : presentUser(forge, user);
}
