// An invitation to a repository as GitHub shows it.
import type { Forge } from '../../forge.ts';
import type { Collaborator } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { nodeId, timestamp } from './common.ts';
import { presentRepository, repositoryLinks } from './repository.ts';
import { presentUser } from './user.ts';

export function presentInvitation(forge: Forge, state: Reader, invitation: Collaborator): Record<string, unknown> {
  const repository = state.need('repository', invitation.repositoryId);
  return {
    id: invitation.id,
    node_id: nodeId('collaborator', invitation.id),
    repository: presentRepository(forge, state, repository),
    invitee: presentUser(forge, state.need('user', invitation.userId)),
    inviter: presentUser(forge, state.need('user', invitation.invitedBy)),
    permissions: invitation.role,
    created_at: timestamp(invitation.createdAt),
    expired: false,
    url: `${forge.url}/user/repository_invitations/${invitation.id}`,
    html_url: `${repositoryLinks(forge, state, repository).html}/invitations`,
  };
}
