// Forks: a repository of one's own with the branches of another, from which requests go back to it.
import { createRepository, isRepositoryName } from '../domain/create-repository.ts';
import { findRepository, maySee, roleOf } from '../domain/permissions.ts';
import { acting, listing, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { accepted, forbidden, invalid, unprocessable } from '../http/reply.ts';
import type { Repository, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { publish } from '../webhooks/publish.ts';
import { presentFullRepository, presentRepository } from './present/repository.ts';

export const forkOperations: Operation[] = [
  acting(
    'repos/create-fork',
    'read',
    async ({ forge, actor, repository, body }) => {
      if (body.organization !== undefined) throw unprocessable('The forge has no organizations: leave organization out.');
      if (repository.ownerId === actor.id) throw forbidden('You cannot fork your own repository.');
      const name = body.name ?? repository.name;
      if (!isRepositoryName(name)) throw invalid({ resource: 'Repository', field: 'name', code: 'invalid', message: 'name is not valid' });
      const known = forkOf(forge.state, repository, actor);
      if (known !== undefined) return accepted(presentFullRepository(forge, forge.state, known, 'admin'));
      if (findRepository(forge.state, actor.login, name) !== undefined)
        throw invalid({ resource: 'Repository', field: 'name', code: 'custom', message: 'name already exists on this account' });
      const fork = await createRepository(forge, actor, {
        name,
        description: repository.description,
        private: repository.private,
        defaultBranch: repository.defaultBranch,
        from: forge.git(repository).directory,
        onlyBranch: body.default_branch_only === true ? repository.defaultBranch : null,
        parentId: repository.id,
      });
      const view = presentFullRepository(forge, forge.state, fork, 'admin');
      forge.state.transaction((transaction) => {
        const forkee = { ...presentRepository(forge, transaction, fork), public: !fork.private };
        publish(forge, transaction, repository, actor, { name: 'fork', action: null, payload: { forkee } });
      });
      return accepted(view);
    },
    { createsContent: true },
  ),
  listing('repos/list-forks', (call) => {
    const { forge, state, repository, actor, query } = call;
    const forks = state.select('repository', 'parent', repository.id).filter((fork) => maySee(state, fork, actor));
    if (query.sort !== 'oldest') forks.reverse();
    return listOf(call, forks, (fork) => presentRepository(forge, state, fork, roleOf(state, fork, actor)));
  }),
];

/** The fork that somebody has already: there is never a second. */
const forkOf = (state: Reader, repository: Repository, user: User): Repository | undefined =>
  state.select('repository', 'parent', repository.id).find(({ ownerId }) => ownerId === user.id);
