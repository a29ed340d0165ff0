// Invitations to take part in a repository: those that a repository has sent, and those that a person was sent. They do not expire.
import { join, leave } from '../domain/collaborators.ts';
import { acting, userCall, type ActorCall, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { noContent, notFound } from '../http/reply.ts';
import type { Collaborator, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { presentInvitation } from './present/invitation.ts';

export const invitationOperations: Operation[] = [
  acting(
    'repos/list-invitations',
    'admin',
    (call) => {
      const { forge, state, repository } = call;
      const invitations = state.select('collaborator', 'repository', repository.id).filter(({ accepted }) => !accepted);
      return listOf(call, invitations, (invitation) => presentInvitation(forge, state, invitation));
    },
    { lags: true },
  ),
  acting('repos/delete-invitation', 'admin', ({ forge, actor, repository, params }) => {
    forge.state.transaction((transaction) => {
      const invitation = transaction.get('collaborator', params.invitation_id);
      if (invitation?.repositoryId !== repository.id || invitation.accepted) throw notFound();
      leave({ forge, transaction, actor }, repository, invitation);
    });
    return noContent();
  }),
  userCall(
    'repos/list-invitations-for-authenticated-user',
    (call) => {
      const { forge, state, actor } = call;
      const invitations = state.select('collaborator', 'user', actor.id).filter(({ accepted }) => !accepted);
      return listOf(call, invitations, (invitation) => presentInvitation(forge, state, invitation));
    },
    { lags: true },
  ),
  userCall('repos/accept-invitation-for-authenticated-user', (call) => answer(call, join)),
  userCall('repos/decline-invitation-for-authenticated-user', (call) => answer(call, leave)),
];

type Answering = Pick<
  ActorCall<'repos/accept-invitation-for-authenticated-user' | 'repos/decline-invitation-for-authenticated-user'>,
  'forge' | 'actor' | 'params'
>;

function answer({ forge, actor, params }: Answering, how: typeof join): ReturnType<typeof noContent> {
  forge.state.transaction((transaction) => {
    const invitation = invitationOf(transaction, actor, params.invitation_id);
    how({ forge, transaction, actor }, transaction.need('repository', invitation.repositoryId), invitation);
  });
  return noContent();
}

function invitationOf(state: Reader, user: User, id: number): Collaborator {
  const invitation = state.get('collaborator', id);
  if (invitation?.userId !== user.id || invitation.accepted) throw notFound();
  return invitation;
}
