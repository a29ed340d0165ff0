import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
beforeAll(async () => {
  forge = await startTestForge();
});
afterAll(() => forge.stop());

describe('the service', () => {
  it('says where its things are', async () => {
    expect((await forge.as('reader').request('GET /')).data).toMatchObject({ current_user_url: `${forge.url}/user` });
  });
});

describe('people', () => {
  it('are found by their login, in any case', async () => {
    expect((await forge.as('reader').rest.users.getByUsername({ username: 'WRITER' })).data).toMatchObject({ login: 'writer' });
    expect((await refusal(forge.as('reader').rest.users.getByUsername({ username: 'nobody' }))).status).toBe(404);
  });

  it('see their repositories; others see what is public of them', async () => {
    const shown = await forge.repository('shown');
    const hidden = await forge.repository('hidden', { private: true });
    const names = (repositories: readonly { name: string }[]): string[] => repositories.map(({ name }) => name);
    expect(names((await forge.as('reader').rest.repos.listForAuthenticatedUser()).data)).toEqual([shown.repo, hidden.repo]);
    expect(names((await forge.as('stranger').rest.repos.listForUser({ username: 'owner' })).data)).toEqual([shown.repo]);
    await forge.as('owner').rest.repos.delete(hidden);
    expect(names((await forge.as('owner').rest.repos.listForUser({ username: 'owner' })).data)).toEqual([shown.repo]);
    expect((await refusal(forge.as('owner').rest.repos.get(hidden))).status).toBe(404);
  });
});
