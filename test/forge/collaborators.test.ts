import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
beforeAll(async () => {
  forge = await startTestForge();
});
afterAll(() => forge.stop());

let guests = 0;
async function guest(): Promise<string> {
  const login = `guest-${++guests}`;
  await forge.addUser(login);
  return login;
}

describe('collaborators', () => {
  it('are invited, join, get another role, and go', async () => {
    const repository = await forge.repository(`club-${++guests}`, { private: true });
    const login = await guest();
    const owner = forge.as('owner').rest.repos;
    const invited = await owner.addCollaborator({ ...repository, username: login, permission: 'triage' });
    expect([invited.status, invited.data.permissions, invited.data.invitee?.login]).toEqual([201, 'triage', login]);
    const mine = forge.as(login).rest.repos;
    expect((await refusal(mine.get(repository))).status).toBe(404);
    const { data: invitations } = await mine.listInvitationsForAuthenticatedUser();
    expect(invitations.map(({ id, inviter }) => [id, inviter?.login])).toEqual([[invited.data.id, 'owner']]);
    await mine.acceptInvitationForAuthenticatedUser({ invitation_id: invited.data.id });
    expect((await mine.get(repository)).data.permissions).toMatchObject({ triage: true, push: false });
    expect((await refusal(mine.acceptInvitationForAuthenticatedUser({ invitation_id: invited.data.id }))).status).toBe(404);

    expect((await owner.addCollaborator({ ...repository, username: login, permission: 'admin' })).status as number).toBe(204);
    expect((await owner.getCollaboratorPermissionLevel({ ...repository, username: login })).data).toMatchObject({
      permission: 'admin',
      role_name: 'admin',
    });
    expect((await owner.checkCollaborator({ ...repository, username: login })).status).toBe(204);
    const octokit = forge.as('owner');
    const all = await octokit.paginate(octokit.rest.repos.listCollaborators, { ...repository, per_page: 2 });
    expect(all.map((one) => [one.login, one.role_name])).toEqual([
      ['owner', 'admin'],
      ['writer', 'write'],
      ['reader', 'read'],
      [login, 'admin'],
    ]);
    expect((await owner.listCollaborators({ ...repository, permission: 'push' })).data.map((one) => one.login)).toEqual(['writer']);
    await mine.removeCollaborator({ ...repository, username: login });
    expect((await refusal(owner.checkCollaborator({ ...repository, username: login }))).status).toBe(404);
    const effects = await forge.control<{ kind: string; subject: string }[]>('GET', '/_effects?limit=10000');
    expect(effects.filter(({ subject, kind }) => subject === login && kind.startsWith('collaborator')).map(({ kind }) => kind)).toEqual([
      'collaborator.invited',
      'collaborator.added',
      'collaborator.edited',
      'collaborator.removed',
    ]);
  });

  it('that are invited twice have one invitation, which can be declined and taken back', async () => {
    const repository = await forge.repository();
    const [one, other] = [await guest(), await guest()];
    const owner = forge.as('owner').rest.repos;
    const { data: first } = await owner.addCollaborator({ ...repository, username: one });
    const { data: second } = await owner.addCollaborator({ ...repository, username: one, permission: 'maintain' });
    expect([second.id, second.permissions]).toEqual([first.id, 'maintain']);
    const { data: taken } = await owner.addCollaborator({ ...repository, username: other });
    expect((await owner.listInvitations(repository)).data.map(({ invitee }) => invitee?.login)).toEqual([one, other]);
    await forge.as(one).rest.repos.declineInvitationForAuthenticatedUser({ invitation_id: first.id });
    expect((await refusal(forge.as(one).rest.repos.declineInvitationForAuthenticatedUser({ invitation_id: taken.id }))).status).toBe(404);
    await owner.deleteInvitation({ ...repository, invitation_id: taken.id });
    expect((await owner.listInvitations(repository)).data).toEqual([]);
  });

  it('are for the owner to choose, among people and roles that there are', async () => {
    const repository = await forge.repository();
    const { repos } = forge.as('owner').rest;
    expect((await refusal(repos.addCollaborator({ ...repository, username: 'nobody' }))).status).toBe(404);
    expect((await refusal(repos.addCollaborator({ ...repository, username: 'owner' }))).status).toBe(422);
    expect((await refusal(repos.addCollaborator({ ...repository, username: 'stranger', permission: 'king' }))).status).toBe(422);
    for (const login of ['writer', 'reader'])
      expect((await refusal(forge.as(login).rest.repos.addCollaborator({ ...repository, username: 'stranger' }))).status).toBe(403);
    expect((await refusal(forge.as('writer').rest.repos.removeCollaborator({ ...repository, username: 'reader' }))).status).toBe(403);
    expect((await refusal(forge.as('reader').rest.repos.listCollaborators(repository))).status).toBe(403);
    expect((await repos.getCollaboratorPermissionLevel({ ...repository, username: 'stranger' })).data.permission).toBe('read');
  });
});
