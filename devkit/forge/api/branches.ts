// Branches and tags of a repository.
import { protectionOf } from '../domain/protection.ts';
import type { Forge } from '../forge.ts';
import { readCommit } from '../git/commit.ts';
import { listing, reading, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { ok, Refusal } from '../http/reply.ts';
import type { BranchProtection, Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { objectIs } from './commit-of-ref.ts';
import { presentCommit } from './present/commit.ts';
import { encodePath } from './present/content.ts';
import { gitNodeId } from './present/git-commit.ts';
import { repositoryLinks } from './present/repository.ts';

const HEADS = 'refs/heads/';
const TAGS = 'refs/tags/';

export const branchOperations: Operation[] = [
  listing('repos/list-branches', (call) => {
    const { forge, state, repository, query } = call;
    const branches = branchesOf(state, repository).filter(
      ({ name }) => query.protected === undefined || query.protected === isProtected(state, repository, name),
    );
    return listOf(call, branches, (branch) => ({
      ...presentBranch(forge, state, repository, branch),
      protection: presentProtection(protectionOf(state, repository, branch.name)),
      protection_url: `${repositoryLinks(forge, state, repository).api}/branches/${encodePath(branch.name)}/protection`,
    }));
  }),
  reading('repos/get-branch', async ({ forge, state, repository, params }) => {
    const branch = branchesOf(state, repository).find(({ name }) => name === params.branch);
    const commit = branch === undefined ? undefined : await readCommit(forge.git(repository), branch.sha);
    if (branch === undefined || commit === undefined) throw new Refusal(404, 'Branch not found');
    const { api, html } = repositoryLinks(forge, state, repository);
    const self = `${api}/branches/${encodePath(branch.name)}`;
    return ok({
      name: branch.name,
      commit: presentCommit(forge, state, repository, commit),
      _links: { self, html: `${html}/tree/${encodePath(branch.name)}` },
      protected: isProtected(state, repository, branch.name),
      protection: presentProtection(protectionOf(state, repository, branch.name)),
      protection_url: `${self}/protection`,
    });
  }),
  listing('repos/list-branches-for-head-commit', async ({ forge, state, repository, params }) => {
    await objectIs(forge, repository, params.commit_sha, 'commit');
    const branches = branchesOf(state, repository).filter(({ sha }) => sha === params.commit_sha);
    return ok(branches.map((branch) => presentBranch(forge, state, repository, branch)));
  }),
  listing('repos/list-tags', async (call) => {
    const { forge, state, repository } = call;
    const { api } = repositoryLinks(forge, state, repository);
    return listOf(call, await tagsOf(forge, repository), ({ name, sha }) => ({
      name,
      zipball_url: `${api}/zipball/${TAGS}${encodePath(name)}`,
      tarball_url: `${api}/tarball/${TAGS}${encodePath(name)}`,
      commit: { sha, url: `${api}/commits/${sha}` },
      node_id: gitNodeId('REF', repository, `${TAGS}${name}`),
    }));
  }),
];

interface Named {
  readonly name: string;
  readonly sha: string;
}

const branchesOf = (state: Reader, repository: Repository): Named[] =>
  state
    .select('ref', 'repository', repository.id)
    .filter(({ name }) => name.startsWith(HEADS))
    .map(({ name, sha }) => ({ name: name.slice(HEADS.length), sha }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

/** Tags, the last by name first, with the commits that they stand for: an annotated one points to a note on its commit. */
async function tagsOf(forge: Forge, repository: Repository): Promise<Named[]> {
  const format = '%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname)';
  const lines = (await forge.git(repository).run(['for-each-ref', '--sort=-refname', `--format=${format}`, TAGS])).split('\n');
  return lines.flatMap((line) => {
    const [type, sha = '', innerType = '', innerSha = '', ...name] = line.split(' ');
    const commit = type === 'commit' ? sha : innerType === 'commit' ? innerSha : undefined;
    return commit === undefined ? [] : [{ name: name.join(' ').slice(TAGS.length), sha: commit }];
  });
}

const isProtected = (state: Reader, repository: Repository, branch: string): boolean =>
  protectionOf(state, repository, branch) !== undefined;

const presentBranch = (forge: Forge, state: Reader, repository: Repository, { name, sha }: Named): Record<string, unknown> => ({
  name,
  commit: { sha, url: `${repositoryLinks(forge, state, repository).api}/commits/${sha}` },
  protected: isProtected(state, repository, name),
});

function presentProtection(protection: BranchProtection | undefined): Record<string, unknown> {
  const checks = protection?.requiredStatusChecks ?? null;
  const level = checks === null ? 'off' : protection?.enforceAdmins === true ? 'everyone' : 'non_admins';
  const contexts = checks?.contexts ?? [];
  return {
    enabled: protection !== undefined,
    required_status_checks: { enforcement_level: level, contexts, checks: contexts.map((context) => ({ context, app_id: null })) },
  };
}
