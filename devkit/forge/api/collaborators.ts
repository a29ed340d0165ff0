// Collaborators of a repository, and their roles. Who is new is invited first: invitations.ts.
import { invite, leave, membershipOf } from '../domain/collaborators.ts';
import { includes, roleOf } from '../domain/permissions.ts';
import { acting, listing, reading, type Operation, type RepositoryCall } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { created, forbidden, invalid, noContent, notFound, ok, unprocessable } from '../http/reply.ts';
import type { Role, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { presentInvitation } from './present/invitation.ts';
import { presentPermissions } from './present/repository.ts';
import { presentUser } from './present/user.ts';

/** Roles by the names under which GitHub takes them; it has kept older ones for two of them. */
const ROLES: Readonly<Record<string, Role>> = { pull: 'read', triage: 'triage', push: 'write', maintain: 'maintain', admin: 'admin' };

export const collaboratorOperations: Operation[] = [
  listing('repos/list-collaborators', (call) => {
    const { forge, state, repository, query } = call;
    refuseReaders(call);
    const members = [
      { user: state.need('user', repository.ownerId), role: 'admin' as Role },
      ...state
        .select('collaborator', 'repository', repository.id)
        .filter(({ accepted }) => accepted)
        .map(({ userId, role }) => ({ user: state.need('user', userId), role })),
    ].filter(({ role }) => query.permission === undefined || role === ROLES[query.permission]);
    return listOf(call, members, ({ user, role }) => ({
      ...presentUser(forge, user),
      permissions: presentPermissions(role),
      role_name: role,
    }));
  }),
  reading('repos/check-collaborator', (call) => {
    refuseReaders(call);
    const { state, repository, params } = call;
    if (roleOf(state, repository, userNamed(state, params.username)) === null) throw notFound();
    return noContent();
  }),
  reading('repos/get-collaborator-permission-level', (call) => {
    refuseReaders(call);
    const { forge, state, repository, params } = call;
    const user = userNamed(state, params.username);
    const role = roleOf(state, repository, user) ?? (repository.private ? 'none' : 'read');
    return ok({
      permission: role === 'maintain' ? 'write' : role === 'triage' ? 'read' : role,
      role_name: role,
      user: { ...presentUser(forge, user), permissions: presentPermissions(role === 'none' ? null : role), role_name: role },
    });
  }),
  acting(
    'repos/add-collaborator',
    'admin',
    ({ forge, actor, repository, params, body }) => {
      const role = ROLES[body.permission ?? 'push'];
      if (role === undefined) throw invalid({ resource: 'Repository', field: 'permission', code: 'invalid', value: body.permission });
      const { before, member } = forge.state.transaction((transaction) => {
        const user = userNamed(transaction, params.username);
        if (user.id === repository.ownerId) throw unprocessable('Repository owner cannot be a collaborator');
        return {
          before: membershipOf(transaction, repository, user),
          member: invite({ forge, transaction, actor }, repository, user, role),
        };
      });
      return before?.accepted === true ? noContent() : created(presentInvitation(forge, forge.state, member));
    },
    { createsContent: true },
  ),
  acting('repos/remove-collaborator', 'read', ({ forge, actor, repository, role, params }) => {
    forge.state.transaction((transaction) => {
      const user = userNamed(transaction, params.username);
      if (user.id !== actor.id && !includes(role, 'admin')) throw forbidden('Must have admin rights to Repository.');
      const membership = membershipOf(transaction, repository, user);
      if (membership !== undefined) leave({ forge, transaction, actor }, repository, membership);
    });
    return noContent();
  }),
];

function userNamed(state: Reader, login: string): User {
  const user = state.first('user', 'login', login.toLowerCase());
  if (user === undefined) throw notFound();
  return user;
}

/** Who takes part is seen by those who may push. */
function refuseReaders({ role }: Pick<RepositoryCall, 'role'>): void {
  if (!includes(role, 'write')) throw forbidden('Must have push access to view repository collaborators.');
}
