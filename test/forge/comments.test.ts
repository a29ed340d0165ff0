import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
beforeAll(async () => {
  forge = await startTestForge();
});
afterAll(() => forge.stop());

async function anIssue(): Promise<{ owner: string; repo: string; issue_number: number }> {
  const repository = await forge.repository();
  const { data } = await forge.as('writer').rest.issues.create({ ...repository, title: 'To talk about' });
  return { ...repository, issue_number: data.number };
}

describe('comments', () => {
  it('are written by anybody who sees the issue, counted, shown, and listed in their order', async () => {
    const issue = await anIssue();
    const { data: first } = await forge.as('stranger').rest.issues.createComment({ ...issue, body: 'Same here' });
    await forge.as('owner').rest.issues.createComment({ ...issue, body: 'Thanks' });
    expect(first).toMatchObject({ body: 'Same here', user: { login: 'stranger' }, author_association: 'NONE' });
    expect(first.html_url).toBe(`${forge.url}/owner/${issue.repo}/issues/${issue.issue_number}#issuecomment-${first.id}`);
    const { issues } = forge.as('reader').rest;
    expect((await issues.getComment({ ...issue, comment_id: first.id })).data).toEqual(first);
    expect((await issues.listComments(issue)).data.map(({ body, author_association }) => [body, author_association])).toEqual([
      ['Same here', 'NONE'],
      ['Thanks', 'OWNER'],
    ]);
    expect((await issues.get(issue)).data.comments).toBe(2);
    const effects = await forge.control<{ kind: string; repository: string; details?: unknown }[]>('GET', '/_effects?limit=10000');
    expect(effects.filter(({ kind, repository }) => kind === 'issue_comment.created' && repository === `owner/${issue.repo}`)).toEqual([
      expect.objectContaining({ actor: 'stranger', subject: '#1', details: { comment: first.id } }),
      expect.objectContaining({ actor: 'owner' }),
    ]);
  });

  it('are edited and deleted by their authors and by writers, not by others', async () => {
    const issue = await anIssue();
    const { data: comment } = await forge.as('reader').rest.issues.createComment({ ...issue, body: 'Draft' });
    const at = { owner: issue.owner, repo: issue.repo, comment_id: comment.id };
    expect((await refusal(forge.as('stranger').rest.issues.updateComment({ ...at, body: 'Ha' }))).status).toBe(403);
    expect((await refusal(forge.as('stranger').rest.issues.deleteComment(at))).status).toBe(403);
    expect((await forge.as('reader').rest.issues.updateComment({ ...at, body: 'Final' })).data.body).toBe('Final');
    expect((await forge.as('writer').rest.issues.updateComment({ ...at, body: 'Moderated' })).data).toMatchObject({
      body: 'Moderated',
      user: { login: 'reader' },
    });
    expect((await forge.as('writer').rest.issues.deleteComment(at)).status).toBe(204);
    expect((await refusal(forge.as('reader').rest.issues.getComment(at))).status).toBe(404);
    expect((await forge.as('reader').rest.issues.get(issue)).data.comments).toBe(0);
  });

  it.each([
    ['an empty body', ' ', { field: 'body', code: 'missing_field' }],
    ['a body of 65,537 characters', 'x'.repeat(65_537), { field: 'body', code: 'custom' }],
  ])('with %s are refused', async (_what, text, error) => {
    const issue = await anIssue();
    const { status, body } = await refusal(forge.as('writer').rest.issues.createComment({ ...issue, body: text }));
    expect({ status, errors: body.errors }).toEqual({ status: 422, errors: [expect.objectContaining(error)] });
  });

  it('on what does not exist, and from another repository, are not found', async () => {
    const [issue, other] = [await anIssue(), await anIssue()];
    const { issues } = forge.as('writer').rest;
    expect((await refusal(issues.createComment({ ...issue, issue_number: 99, body: 'x' }))).status).toBe(404);
    const { data: comment } = await issues.createComment({ ...issue, body: 'x' });
    expect((await refusal(issues.getComment({ ...other, comment_id: comment.id }))).status).toBe(404);
    expect((await refusal(issues.updateComment({ owner: other.owner, repo: other.repo, comment_id: comment.id, body: 'y' }))).status).toBe(
      404,
    );
    expect((await forge.fetch(`/repos/owner/${issue.repo}/issues/comments/not-a-number`, { login: 'writer' })).status).toBe(404);
    expect((await forge.fetch(`/repos/owner/${issue.repo}/issues/1/comments`, { method: 'POST', body: '{"body":"x"}' })).status).toBe(401);
  });

  it('on a locked issue are for writers only', async () => {
    const issue = await anIssue();
    await forge.as('writer').rest.issues.lock(issue);
    const { status, body } = await refusal(forge.as('reader').rest.issues.createComment({ ...issue, body: 'But…' }));
    expect({ status, message: body.message }).toEqual({ status: 403, message: 'Unable to create comment because issue is locked.' });
    expect((await forge.as('writer').rest.issues.createComment({ ...issue, body: 'Settled' })).status).toBe(201);
  });

  it('of a repository are listed across issues, since a moment, newest first on request, page by page', async () => {
    const issue = await anIssue();
    const octokit = forge.as('writer');
    const { data: other } = await octokit.rest.issues.create({ owner: issue.owner, repo: issue.repo, title: 'Another' });
    for (let index = 1; index <= 5; index++)
      await octokit.rest.issues.createComment({ ...issue, issue_number: index % 2 === 0 ? other.number : 1, body: `${index}` });
    const list = octokit.rest.issues.listCommentsForRepo;
    const of = { owner: issue.owner, repo: issue.repo };
    expect((await octokit.paginate(list, { ...of, per_page: 2 })).map(({ body }) => body)).toEqual(['1', '2', '3', '4', '5']);
    expect((await list({ ...of, sort: 'created', direction: 'desc' })).data.map(({ body }) => body)).toEqual(['5', '4', '3', '2', '1']);
    expect((await list({ ...of, since: '2100-01-01T00:00:00Z' })).data).toEqual([]);
    expect((await octokit.rest.issues.listComments({ ...issue, since: '2000-01-01T00:00:00Z' })).data).toHaveLength(3);
  });
});
