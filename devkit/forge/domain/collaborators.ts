// Who takes part in a repository: invited, joined, given another role, gone. An invitation counts only once it was accepted.
import { fullName } from '../api/present/repository.ts';
import { presentUser } from '../api/present/user.ts';
import type { Collaborator, Repository, Role, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { publish } from '../webhooks/publish.ts';
import { includes } from './permissions.ts';
import type { Scene } from './scene.ts';

/** The membership of a person, invited or joined. */
export const membershipOf = (state: Reader, repository: Repository, user: User): Collaborator | undefined =>
  state.select('collaborator', 'repository', repository.id).find(({ userId }) => userId === user.id);

/** Invites a person, or gives one who was invited or joined before another role. */
export function invite(scene: Scene, repository: Repository, user: User, role: Role): Collaborator {
  const { transaction, actor } = scene;
  const before = membershipOf(transaction, repository, user);
  if (before === undefined) {
    tell(scene, repository, 'collaborator.invited', user, { role });
    return transaction.add('collaborator', {
      repositoryId: repository.id,
      userId: user.id,
      role,
      accepted: false,
      invitedBy: actor.id,
      createdAt: Date.now(),
    });
  }
  if (before.role === role) return before;
  const changed = transaction.change('collaborator', before.id, { role });
  tell(scene, repository, before.accepted ? 'collaborator.edited' : 'collaborator.invited', user, { role });
  if (before.accepted) announce(scene, repository, 'edited', user, { old_permission: { from: before.role } });
  return changed;
}

export function join(scene: Scene, repository: Repository, membership: Collaborator): void {
  scene.transaction.change('collaborator', membership.id, { accepted: true });
  tell(scene, repository, 'collaborator.added', scene.actor, { role: membership.role });
  // The event knows but these two; the effect says the role.
  announce(scene, repository, 'added', scene.actor, { permission: { to: includes(membership.role, 'admin') ? 'admin' : 'write' } });
}

/** Ends a membership, or takes back or declines an invitation. */
export function leave(scene: Scene, repository: Repository, membership: Collaborator): void {
  const user = scene.transaction.need('user', membership.userId);
  scene.transaction.remove('collaborator', membership.id);
  tell(scene, repository, membership.accepted ? 'collaborator.removed' : 'collaborator.uninvited', user, {});
  if (membership.accepted) announce(scene, repository, 'removed', user);
}

function tell({ transaction, actor }: Scene, repository: Repository, kind: string, user: User, details: Record<string, unknown>): void {
  transaction.effect({ kind, actor: actor.login, repository: fullName(transaction, repository), subject: user.login, details });
}

function announce(
  { forge, transaction, actor }: Scene,
  repository: Repository,
  action: 'added' | 'edited' | 'removed',
  user: User,
  changes?: Readonly<Record<string, unknown>>,
): void {
  publish(forge, transaction, repository, actor, {
    name: 'member',
    action,
    payload: { member: presentUser(forge, user), ...(changes === undefined ? {} : { changes }) },
  });
}
