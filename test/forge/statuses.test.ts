import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
beforeAll(async () => {
  forge = await startTestForge();
});
afterAll(() => forge.stop());

interface Place {
  owner: string;
  repo: string;
}

async function repositoryWithHead(): Promise<Place & { sha: string }> {
  const repository = await forge.repository();
  const { data } = await forge.as('reader').rest.repos.getCombinedStatusForRef({ ...repository, ref: 'main' });
  return { ...repository, sha: data.sha };
}

describe('commit statuses', () => {
  it('are pending without any, and fail as soon as the newest of one context does', async () => {
    const { sha, ...repository } = await repositoryWithHead();
    const { repos } = forge.as('writer').rest;
    const combined = async () => (await repos.getCombinedStatusForRef({ ...repository, ref: 'main' })).data;
    expect(await combined()).toMatchObject({ state: 'pending', total_count: 0 });
    await repos.createCommitStatus({ ...repository, sha, state: 'error', context: 'build' });
    await repos.createCommitStatus({ ...repository, sha, state: 'success', context: 'lint', target_url: 'https://ci.example.org/1' });
    expect(await combined()).toMatchObject({ state: 'failure', total_count: 2, sha });
    await repos.createCommitStatus({ ...repository, sha, state: 'success', context: 'build', description: 'now well' });
    const { state, statuses } = await combined();
    expect({ state, contexts: statuses.map(({ context }) => context) }).toEqual({ state: 'success', contexts: ['build', 'lint'] });
    const { data } = await repos.listCommitStatusesForRef({ ...repository, ref: sha });
    expect(data.map((status) => [status.context, status.state, status.creator?.login])).toEqual([
      ['build', 'success', 'writer'],
      ['lint', 'success', 'writer'],
      ['build', 'error', 'writer'],
    ]);
  });

  it('are read by branch, tag or commit, and come in pages', async () => {
    const { sha, ...repository } = await repositoryWithHead();
    const { repos } = forge.as('writer').rest;
    for (const context of ['a', 'b', 'c']) await repos.createCommitStatus({ ...repository, sha, state: 'success', context });
    for (const ref of ['main', 'heads/main', sha, sha.slice(0, 10)])
      expect((await repos.getCombinedStatusForRef({ ...repository, ref })).data.sha).toBe(sha);
    const page = await repos.listCommitStatusesForRef({ ...repository, ref: 'main', per_page: 2 });
    expect([page.data.length, page.headers.link]).toEqual([2, expect.stringContaining('rel="next"')]);
    expect((await refusal(repos.getCombinedStatusForRef({ ...repository, ref: 'nowhere' }))).status).toBe(404);
  });

  it('are refused for unknown commits, bad addresses and long texts, and from readers; nothing is kept then', async () => {
    const { sha, ...repository } = await repositoryWithHead();
    const { repos } = forge.as('writer').rest;
    const none = 'f'.repeat(40);
    const unknown = await refusal(repos.createCommitStatus({ ...repository, sha: none, state: 'success' }));
    expect([unknown.status, unknown.body.message]).toEqual([422, `No commit found for SHA: ${none}`]);
    const fields = await Promise.all([
      refusal(repos.createCommitStatus({ ...repository, sha, state: 'success', target_url: 'javascript:alert(1)' })),
      refusal(repos.createCommitStatus({ ...repository, sha, state: 'success', description: 'x'.repeat(141) })),
    ]);
    expect(fields.map(({ status, body }) => [status, body.errors])).toEqual([
      [422, [expect.objectContaining({ field: 'target_url' })]],
      [422, [expect.objectContaining({ field: 'description' })]],
    ]);
    expect((await refusal(forge.as('reader').rest.repos.createCommitStatus({ ...repository, sha, state: 'success' }))).status).toBe(403);
    expect((await repos.listCommitStatusesForRef({ ...repository, ref: sha })).data).toEqual([]);
  });
});
