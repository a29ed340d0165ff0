import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
beforeAll(async () => {
  forge = await startTestForge();
});
afterAll(() => forge.stop());

type Named = { owner: string; repo: string };

async function withBranches(...names: string[]): Promise<Named & { sha: string }> {
  const repository = await forge.repository();
  const octokit = forge.as('writer');
  const { data } = await octokit.rest.repos.getBranch({ ...repository, branch: 'main' });
  for (const name of names) await octokit.rest.git.createRef({ ...repository, ref: `refs/heads/${name}`, sha: data.commit.sha });
  return { ...repository, sha: data.commit.sha };
}

describe('branches', () => {
  it('are listed by name, page by page, and shown with their commit', async () => {
    const { sha, ...repository } = await withBranches('feature/one', 'feature/two', 'ünï');
    const octokit = forge.as('reader');
    const branches = await octokit.paginate(octokit.rest.repos.listBranches, { ...repository, per_page: 2 });
    expect(branches.map(({ name }) => name)).toEqual(['feature/one', 'feature/two', 'main', 'ünï']);
    expect(branches.every((branch) => branch.commit.sha === sha && !branch.protected)).toBe(true);
    const { data } = await octokit.rest.repos.getBranch({ ...repository, branch: 'feature/one' });
    expect(data).toMatchObject({ name: 'feature/one', protected: false, commit: { sha, commit: { message: 'Initial commit' } } });
    const missing = await refusal(octokit.rest.repos.getBranch({ ...repository, branch: 'feature' }));
    expect([missing.status, missing.body.message]).toEqual([404, 'Branch not found']);
  });

  it('are found by the commit that is at their head', async () => {
    const { sha, ...repository } = await withBranches('other');
    const { repos } = forge.as('writer').rest;
    const content = Buffer.from('x').toString('base64');
    await repos.createOrUpdateFileContents({ ...repository, path: 'x', message: 'x', content, branch: 'other' });
    const { data } = await repos.listBranchesForHeadCommit({ ...repository, commit_sha: sha });
    expect(data.map(({ name }) => name)).toEqual(['main']);
    expect((await refusal(repos.listBranchesForHeadCommit({ ...repository, commit_sha: 'abc' }))).status).toBe(422);
    expect((await refusal(repos.listBranchesForHeadCommit({ ...repository, commit_sha: '0'.repeat(40) }))).status).toBe(404);
  });
});

describe('a protected branch', () => {
  it('is shown as such, and is not changed past a pull request, forced or removed by the API either', async () => {
    const { sha, ...repository } = await withBranches('kept');
    const { repos, git } = forge.as('writer').rest;
    await forge.as('owner').rest.repos.updateBranchProtection({
      ...repository,
      branch: 'kept',
      required_status_checks: null,
      enforce_admins: true,
      required_pull_request_reviews: { required_approving_review_count: 1 },
      restrictions: null,
    });
    expect((await repos.getBranch({ ...repository, branch: 'kept' })).data.protected).toBe(true);
    const list = async (isProtected: boolean): Promise<string[]> =>
      (await repos.listBranches({ ...repository, protected: isProtected })).data.map(({ name }) => name);
    expect([await list(true), await list(false)]).toEqual([['kept'], ['main']]);

    const file = { ...repository, path: 'x', message: 'x', content: Buffer.from('x').toString('base64') };
    const refused = await refusal(repos.createOrUpdateFileContents({ ...file, branch: 'kept' }));
    expect([refused.status, refused.body.message]).toEqual([409, 'Could not update file: Changes must be made through a pull request.']);
    const { data } = await repos.createOrUpdateFileContents({ ...file, branch: 'main' });
    const at = { ...repository, ref: 'heads/kept' };
    expect((await refusal(git.updateRef({ ...at, sha: data.commit.sha ?? '' }))).status).toBe(422);
    expect((await refusal(git.deleteRef(at))).status).toBe(422);
    expect((await git.getRef(at)).data.object.sha).toBe(sha);
  });
});

describe('tags', () => {
  it('are listed with the commits that they stand for, page by page', async () => {
    const { sha, ...repository } = await withBranches();
    const octokit = forge.as('writer');
    for (const tag of ['v1', 'v2', 'v3']) await octokit.rest.git.createRef({ ...repository, ref: `refs/tags/${tag}`, sha });
    const tags = await octokit.paginate(octokit.rest.repos.listTags, { ...repository, per_page: 2 });
    expect(tags.map(({ name, commit }) => [name, commit.sha])).toEqual([
      ['v3', sha],
      ['v2', sha],
      ['v1', sha],
    ]);
  });
});
