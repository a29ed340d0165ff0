// Who may do what: the role of a user in a repository, and what a role includes.
import type { Reader } from '../state/state.ts';
import type { Repository, Role, User } from '../state/records.ts';

const ROLES: readonly Role[] = ['read', 'triage', 'write', 'maintain', 'admin'];

/** The user's role; null for a stranger, who can still read what is public. */
export function roleOf(state: Reader, repository: Repository, user: User | null): Role | null {
  if (user === null) return null;
  if (repository.ownerId === user.id) return 'admin';
  const membership = state
    .select('collaborator', 'repository', repository.id)
    .find(({ userId, accepted }) => userId === user.id && accepted);
  return membership?.role ?? null;
}

/** Branches of a fork to which somebody may push who may not push to the fork: those of open requests whose author lets maintainers. */
export function branchesToMaintain(state: Reader, fork: Repository, user: User): string[] {
  return state.select('pullRequest', 'headRepository', fork.id).flatMap((pull) => {
    const isOpen = state.need('issue', pull.issueId).state === 'open';
    const mayMaintain = pull.maintainerCanModify && includes(roleOf(state, state.need('repository', pull.repositoryId), user), 'write');
    return isOpen && mayMaintain ? [pull.headRef] : [];
  });
}

export const includes = (role: Role | null, needed: Role): boolean => role !== null && ROLES.indexOf(role) >= ROLES.indexOf(needed);

export const maySee = (state: Reader, repository: Repository, user: User | null): boolean =>
  !repository.private || roleOf(state, repository, user) !== null;

/** How GitHub ranks an author (`author_association`). */
export function associationOf(state: Reader, repository: Repository, user: User): 'OWNER' | 'COLLABORATOR' | 'CONTRIBUTOR' | 'NONE' {
  if (repository.ownerId === user.id) return 'OWNER';
  if (roleOf(state, repository, user) !== null) return 'COLLABORATOR';
  const hasMerged = state
    .select('pullRequest', 'repository', repository.id)
    .some((pull) => pull.mergedAt !== null && state.need('issue', pull.issueId).authorId === user.id);
  return hasMerged ? 'CONTRIBUTOR' : 'NONE';
}

/** The repository that a fork descends from in the end; a repository that is no fork is its own. Forks share its number. */
export function familyOf(state: Reader, repository: Repository): number {
  const parent = repository.parentId === null ? undefined : state.get('repository', repository.parentId);
  return parent === undefined ? (repository.parentId ?? repository.id) : familyOf(state, parent);
}

export const repositoriesOf = (state: Reader, owner: User): Repository[] => state.select('repository', 'owner', owner.id);

export function findRepository(state: Reader, owner: string, name: string): Repository | undefined {
  const user = state.first('user', 'login', owner.toLowerCase());
  if (user === undefined) return undefined;
  return state.select('repository', 'owner', user.id).find((repository) => repository.name.toLowerCase() === name.toLowerCase());
}
