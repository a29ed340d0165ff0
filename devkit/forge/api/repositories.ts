// Repositories themselves: made, shown, changed, removed.
import { rm } from 'node:fs/promises';
import { createRepository, isRepositoryName, nameIsTaken } from '../domain/create-repository.ts';
import { closePullRequest } from '../domain/pull-request-states.ts';
import { tipOf } from '../domain/branches.ts';
import type { Scene } from '../domain/scene.ts';
import type { Forge } from '../forge.ts';
import type { Repository } from '../state/records.ts';
import { findRepository, maySee, repositoriesOf, roleOf } from '../domain/permissions.ts';
import { acting, openCall, reading, userCall, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { ARCHIVED, created, forbidden, invalid, noContent, notFound, ok } from '../http/reply.ts';
import { removeWebhook } from '../webhooks/remove.ts';
import { presentFullRepository, presentRepository, fullName } from './present/repository.ts';

export const repositoryOperations: Operation[] = [
  userCall(
    'repos/create-for-authenticated-user',
    async ({ forge, state, actor, body }) => {
      if (!isRepositoryName(body.name))
        throw invalid({ resource: 'Repository', field: 'name', code: 'invalid', message: 'name is not valid' });
      if (findRepository(state, actor.login, body.name) !== undefined) throw nameIsTaken();
      const repository = await createRepository(forge, actor, {
        name: body.name,
        description: body.description ?? null,
        private: body.private ?? false,
        initialize: body.auto_init ?? false,
        merges: {
          allowMergeCommit: body.allow_merge_commit ?? true,
          allowSquashMerge: body.allow_squash_merge ?? true,
          allowRebaseMerge: body.allow_rebase_merge ?? true,
          allowAutoMerge: body.allow_auto_merge ?? false,
          deleteBranchOnMerge: body.delete_branch_on_merge ?? false,
        },
      });
      return created(
        presentFullRepository(forge, forge.state, repository, 'admin'),
        `${forge.url}/repos/${fullName(forge.state, repository)}`,
      );
    },
    { createsContent: true },
  ),
  reading('repos/get', ({ forge, state, repository, role }) => ok(presentFullRepository(forge, state, repository, role))),
  acting(
    'repos/update',
    'admin',
    async ({ forge, actor, repository, body }) => {
      if (repository.archived && body.archived !== false) throw forbidden(ARCHIVED);
      const name = body.name ?? repository.name;
      if (name !== repository.name)
        throw invalid({ resource: 'Repository', field: 'name', code: 'custom', message: 'the forge does not rename repositories' });
      await setDefaultBranch(forge, repository, body.default_branch);
      const changed = forge.state.transaction((transaction) => {
        transaction.effect({ kind: 'repository.edited', actor: actor.login, repository: fullName(transaction, repository), subject: name });
        return transaction.change('repository', repository.id, {
          description: body.description ?? repository.description,
          private: body.visibility === undefined ? (body.private ?? repository.private) : body.visibility === 'private',
          archived: body.archived ?? repository.archived,
          defaultBranch: body.default_branch ?? repository.defaultBranch,
          allowMergeCommit: body.allow_merge_commit ?? repository.allowMergeCommit,
          allowSquashMerge: body.allow_squash_merge ?? repository.allowSquashMerge,
          allowRebaseMerge: body.allow_rebase_merge ?? repository.allowRebaseMerge,
          allowAutoMerge: body.allow_auto_merge ?? repository.allowAutoMerge,
          allowUpdateBranch: body.allow_update_branch ?? repository.allowUpdateBranch,
          deleteBranchOnMerge: body.delete_branch_on_merge ?? repository.deleteBranchOnMerge,
          hasIssues: body.has_issues ?? repository.hasIssues,
          updatedAt: Date.now(),
        });
      });
      return ok(presentFullRepository(forge, forge.state, changed, 'admin'));
    },
    { archivedToo: true },
  ),
  acting(
    'repos/delete',
    'admin',
    async ({ forge, actor, repository }) => {
      await forge.exclusively(repository, async () => {
        forge.state.transaction((transaction) => {
          transaction.effect({
            kind: 'repository.deleted',
            actor: actor.login,
            repository: fullName(transaction, repository),
            subject: repository.name,
          });
          closeRequestsFrom({ forge, transaction, actor }, repository);
          for (const collaborator of transaction.select('collaborator', 'repository', repository.id))
            transaction.remove('collaborator', collaborator.id);
          for (const { id } of transaction.select('webhook', 'repository', repository.id)) removeWebhook(transaction, id);
          transaction.remove('repository', repository.id);
        });
        const { directory } = forge.git(repository);
        forge.objects.forget(directory);
        await rm(directory, { recursive: true, force: true });
      });
      return noContent();
    },
    { archivedToo: true },
  ),
  userCall('repos/list-for-authenticated-user', (call) => {
    const { forge, state, actor } = call;
    const mine = state.all('repository').filter((repository) => roleOf(state, repository, actor) !== null);
    return listOf(call, mine, (repository) => presentRepository(forge, state, repository, roleOf(state, repository, actor)));
  }),
  openCall('repos/list-for-user', (call) => {
    const { forge, state, actor, params } = call;
    const owner = state.first('user', 'login', params.username.toLowerCase());
    if (owner === undefined) throw notFound();
    const visible = repositoriesOf(state, owner).filter((repository) => maySee(state, repository, actor));
    return listOf(call, visible, (repository) => presentRepository(forge, state, repository, roleOf(state, repository, actor)));
  }),
];

/** Where a clone begins is git's to know as well. */
async function setDefaultBranch(forge: Forge, repository: Repository, branch = repository.defaultBranch): Promise<void> {
  if (branch === repository.defaultBranch) return;
  if (tipOf(forge.state, repository.id, branch) === undefined) {
    const message = `The branch ${branch} was not found. Please push that ref first or create it via the Git Refs API.`;
    throw invalid({ resource: 'Repository', field: 'default_branch', code: 'invalid', message });
  }
  await forge.git(repository).run(['symbolic-ref', 'HEAD', `refs/heads/${branch}`]);
}

/** What has been sent from a fork is closed when it goes: there is nothing left that it could follow. */
function closeRequestsFrom(scene: Scene, fork: Repository): void {
  for (const pull of scene.transaction.select('pullRequest', 'headRepository', fork.id))
    if (pull.repositoryId !== fork.id && scene.transaction.get('repository', pull.repositoryId) !== undefined)
      closePullRequest(scene, pull);
}
