import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
beforeAll(async () => {
  forge = await startTestForge();
});
afterAll(() => forge.stop());

describe('reactions', () => {
  it('to an issue are new once, counted in its view, and withdrawn by who gave them', async () => {
    const repository = await forge.repository();
    const { data: issue } = await forge.as('writer').rest.issues.create({ ...repository, title: 'x' });
    const at = { ...repository, issue_number: issue.number };
    const { reactions, issues } = forge.as('reader').rest;
    const first = await reactions.createForIssue({ ...at, content: '+1' });
    const again = await reactions.createForIssue({ ...at, content: '+1' });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.data).toEqual(first.data);
    await forge.as('stranger').rest.reactions.createForIssue({ ...at, content: '+1' });
    await reactions.createForIssue({ ...at, content: 'eyes' });
    expect((await issues.get(at)).data.reactions).toMatchObject({ total_count: 3, '+1': 2, eyes: 1, heart: 0 });
    expect((await reactions.listForIssue({ ...at, content: '+1' })).data.map(({ user }) => user?.login)).toEqual(['reader', 'stranger']);
    const mine = { ...at, reaction_id: first.data.id };
    expect((await refusal(forge.as('stranger').rest.reactions.deleteForIssue(mine))).status).toBe(403);
    expect((await reactions.deleteForIssue(mine)).status).toBe(204);
    expect((await refusal(reactions.deleteForIssue(mine))).status).toBe(404);
    expect((await issues.get(at)).data.reactions).toMatchObject({ total_count: 2, '+1': 1 });
  });

  it('to a comment are its own, and go with it', async () => {
    const repository = await forge.repository();
    const { reactions, issues } = forge.as('writer').rest;
    const { data: issue } = await issues.create({ ...repository, title: 'x' });
    const { data: comment } = await issues.createComment({ ...repository, issue_number: issue.number, body: 'y' });
    const at = { ...repository, comment_id: comment.id };
    const { data: reaction } = await reactions.createForIssueComment({ ...at, content: 'rocket' });
    expect((await issues.getComment(at)).data.reactions).toMatchObject({ total_count: 1, rocket: 1 });
    expect((await issues.get({ ...repository, issue_number: issue.number })).data.reactions?.total_count).toBe(0);
    expect((await reactions.listForIssueComment(at)).data).toEqual([reaction]);
    await reactions.deleteForIssueComment({ ...at, reaction_id: reaction.id });
    await reactions.createForIssueComment({ ...at, content: 'heart' });
    await issues.deleteComment(at);
    expect((await refusal(reactions.listForIssueComment(at))).status).toBe(404);
  });

  it('of twenty requests at once are one', async () => {
    const repository = await forge.repository();
    const { reactions, issues } = forge.as('reader').rest;
    const { data: issue } = await issues.create({ ...repository, title: 'x' });
    const at = { ...repository, issue_number: issue.number };
    const answers = await Promise.all(Array.from({ length: 20 }, () => reactions.createForIssue({ ...at, content: 'hooray' })));
    expect(answers.filter(({ status }) => (status as number) === 201)).toHaveLength(1);
    expect((await reactions.listForIssue(at)).data).toHaveLength(1);
  });

  it('are refused when unknown, without a token, and on locked issues to those who may not write', async () => {
    const repository = await forge.repository();
    const { data: issue } = await forge.as('writer').rest.issues.create({ ...repository, title: 'x' });
    const at = { ...repository, issue_number: issue.number };
    const { reactions } = forge.as('reader').rest;
    expect((await refusal(reactions.createForIssue({ ...at, content: 'meh' as never }))).status).toBe(422);
    expect((await refusal(reactions.createForIssue({ ...at, issue_number: 9, content: 'eyes' }))).status).toBe(404);
    expect((await refusal(reactions.createForPullRequestReviewComment({ ...repository, comment_id: 9, content: 'eyes' }))).status).toBe(
      404,
    );
    const path = `/repos/owner/${repository.repo}/issues/1/reactions`;
    expect((await forge.fetch(path, { method: 'POST', body: '{"content":"eyes"}' })).status).toBe(401);
    await forge.as('writer').rest.issues.lock(at);
    expect((await refusal(reactions.createForIssue({ ...at, content: 'eyes' }))).status).toBe(403);
    expect((await forge.as('writer').rest.reactions.createForIssue({ ...at, content: 'eyes' })).status).toBe(201);
  });
});
