import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
const repository = { owner: 'owner', repo: 'searched' };

/** #1 open bug with a milestone, #2 closed as not planned, #3 a question by the reader with a comment, #4 a pull request that fixes #1. */
beforeAll(async () => {
  forge = await startTestForge();
  await forge.repository('searched');
  await forge.repository('hidden-one', { private: true });
  const { issues, repos, git, pulls } = forge.as('writer').rest;
  await issues.createMilestone({ ...repository, title: 'Version One' });
  await issues.create({
    ...repository,
    title: 'Login fails',
    body: 'With an expired token',
    labels: ['bug', 'help wanted'],
    assignees: ['writer'],
    milestone: 1,
  });
  await issues.create({ ...repository, title: 'Faster login', labels: ['enhancement'] });
  await issues.update({ ...repository, issue_number: 2, state: 'closed', state_reason: 'not_planned' });
  await forge.as('reader').rest.issues.create({ ...repository, title: 'What is a token?', labels: ['question'] });
  await issues.createComment({ ...repository, issue_number: 3, body: 'See the manual, @reader: "expired token" is explained there.' });
  await forge.as('reader').rest.issues.create({ owner: 'owner', repo: 'hidden-one', title: 'Secret token' });
  const { data: main } = await git.getRef({ ...repository, ref: 'heads/main' });
  await git.createRef({ ...repository, ref: 'refs/heads/fix-login', sha: main.object.sha });
  const content = Buffer.from('export const Login = "token";\n').toString('base64');
  await repos.createOrUpdateFileContents({ ...repository, path: 'src/login.ts', message: 'Fix', content, branch: 'fix-login' });
  await pulls.create({ ...repository, head: 'fix-login', base: 'main', title: 'Fix the login', body: 'Fixes #1.', draft: true });
  await repos.createOrUpdateFileContents({ ...repository, path: 'src/deep/login.ts', message: 'Add', content });
  await repos.createOrUpdateFileContents({
    ...repository,
    path: 'notes.md',
    message: 'Add',
    content: Buffer.from('a token').toString('base64'),
  });
});
afterAll(() => forge.stop());

const search = async (q: string, login = 'writer'): Promise<number[]> =>
  (
    await forge.as(login).rest.search.issuesAndPullRequests({ q: `repo:owner/searched ${q}`, order: 'asc', sort: 'created' })
  ).data.items.map(({ number }) => number);

describe('search for issues and pull requests', () => {
  it.each<[string, number[]]>([
    ['', [1, 2, 3, 4]],
    ['is:issue', [1, 2, 3]],
    ['is:pr', [4]],
    ['type:pr is:draft draft:true', [4]],
    ['is:open is:issue', [1, 3]],
    ['state:closed', [2]],
    ['is:merged', []],
    ['reason:"not planned"', [2]],
    ['author:reader', [3]],
    ['author:@me', [1, 2, 4]],
    ['-author:@me', [3]],
    ['assignee:writer', [1]],
    ['assignee:*', [1]],
    ['no:assignee is:issue', [2, 3]],
    ['label:"help wanted"', [1]],
    ['label:BUG', [1]],
    ['label:bug,enhancement', [1, 2]],
    ['label:bug label:enhancement', []],
    ['-label:bug is:issue', [2, 3]],
    ['no:label', [3, 4]],
    ['milestone:"version one"', [1]],
    ['no:milestone is:issue', [2, 3]],
    ['token', [1, 3]],
    ['"expired token"', [1, 3]],
    ['"token expired"', []],
    ['token in:title', [3]],
    ['token in:body', [1]],
    ['token in:comments', [3]],
    ['log', []],
    ['login -fails', [2, 4]],
    ['NOT login is:issue', [3]],
    ['mentions:reader', [3]],
    ['commenter:writer', [3]],
    ['involves:reader', [3]],
    ['comments:>0', [3]],
    ['comments:0..0', [1, 2, 4]],
    ['created:>=2020-01-01', [1, 2, 3, 4]],
    ['created:<2020-01-01', []],
    ['created:2020-01-01..*', [1, 2, 3, 4]],
    ['updated:*..2020-01-01', []],
    ['closed:>2020-01-01T00:00:00Z', [2]],
    ['head:fix-login', [4]],
    ['base:main', [4]],
    ['review:none', [4]],
    ['review:approved', []],
    ['linked:issue', [4]],
    ['linked:pr', [1]],
    ['sort:created-asc is:open', [1, 3, 4]],
  ])('%s finds %j', async (q, expected) => {
    expect(await search(q)).toEqual(expected);
  });

  it.each([
    ['language:rust', 'language:'],
    ['is:lost', '"lost"'],
    ['created:yesterday', '"yesterday"'],
    ['author:nobody-here', '"nobody-here"'],
    ['in:footnotes', '"footnotes"'],
    ['label:bug OR label:question', 'OR'],
    ['sort:size', '"size"'],
  ])('%s is refused by name', async (q, named) => {
    const { status, body } = await refusal(search(q));
    expect(status).toBe(422);
    expect((body.errors as { message: string }[])[0]?.message).toContain(named);
  });

  it('does not show what the caller may not see, nor that it is there', async () => {
    const { search: api } = forge.as('stranger').rest;
    expect((await api.issuesAndPullRequests({ q: 'secret' })).data.total_count).toBe(0);
    expect((await forge.as('reader').rest.search.issuesAndPullRequests({ q: 'secret' })).data.total_count).toBe(1);
    for (const repo of ['hidden-one', 'no-such'])
      expect((await refusal(api.issuesAndPullRequests({ q: `repo:owner/${repo}` }))).body.errors).toMatchObject([
        { message: expect.stringContaining('cannot be searched') as unknown },
      ]);
  });

  it('is walked page by page and sorted, the newest first if not told otherwise', async () => {
    const octokit = forge.as('writer');
    const found = await octokit.paginate(octokit.rest.search.issuesAndPullRequests, { q: 'repo:owner/searched', per_page: 1 });
    expect(found.map(({ number }) => number)).toEqual([4, 3, 2, 1]);
    const { data } = await octokit.rest.search.issuesAndPullRequests({ q: 'repo:owner/searched', sort: 'comments', per_page: 1 });
    expect([data.total_count, data.items[0]?.number]).toEqual([4, 3]);
    expect((await refusal(octokit.rest.search.issuesAndPullRequests({ q: 'x', per_page: 100, page: 11 }))).status).toBe(422);
    expect((await refusal(octokit.rest.search.issuesAndPullRequests({ q: ' ' }))).status).toBe(422);
    expect((await refusal(octokit.rest.search.issuesAndPullRequests({ q: 'x'.repeat(257) }))).status).toBe(422);
  });
});

describe('search for repositories', () => {
  const find = async (q: string, login = 'reader'): Promise<string[]> =>
    (await forge.as(login).rest.search.repos({ q })).data.items.map(({ name }) => name);

  it('finds by name, owner and kind, and only what the caller may see', async () => {
    expect(await find('searched')).toEqual(['searched']);
    expect(await find('hidden user:owner')).toEqual(['hidden-one']);
    expect(await find('is:private')).toEqual(['hidden-one']);
    expect(await find('hidden', 'stranger')).toEqual([]);
    expect(await find('user:owner fork:only')).toEqual([]);
    expect((await refusal(find('stars:>5'))).status).toBe(422);
  });
});

describe('search for code', () => {
  const find = async (q: string, login = 'reader'): Promise<string[]> =>
    (await forge.as(login).rest.search.code({ q: `${q} repo:owner/searched` })).data.items.map(({ path }) => path);

  it('finds files of the default branch by their words and their paths', async () => {
    expect(await find('token')).toEqual(['notes.md', 'src/deep/login.ts']);
    expect(await find('token login')).toEqual(['src/deep/login.ts']);
    expect(await find('"const Login"')).toEqual(['src/deep/login.ts']);
    expect(await find('token extension:md')).toEqual(['notes.md']);
    expect(await find('token -path:src')).toEqual(['notes.md']);
    expect(await find('token filename:login')).toEqual(['src/deep/login.ts']);
    expect(await find('"-e"')).toEqual([]);
    expect((await refusal(find('token size:>5'))).status).toBe(422);
    expect((await forge.fetch('/search/code?q=token')).status).toBe(401);
  });
});
