import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
beforeAll(async () => {
  forge = await startTestForge();
});
afterAll(() => forge.stop());

describe('milestones', () => {
  it('count their issues, are closed and opened again, and give their issues free when they go', async () => {
    const repository = await forge.repository();
    const { issues } = forge.as('writer').rest;
    const { data: made } = await issues.createMilestone({
      ...repository,
      title: 'v1',
      description: 'First',
      due_on: '2030-01-01T00:00:00Z',
    });
    expect(made).toMatchObject({ number: 1, state: 'open', due_on: '2030-01-01T00:00:00Z', creator: { login: 'writer' } });
    await issues.create({ ...repository, title: 'a', milestone: 1, labels: ['bug'] });
    await issues.create({ ...repository, title: 'b', milestone: 1 });
    await issues.update({ ...repository, issue_number: 2, state: 'closed' });
    const at = { ...repository, milestone_number: 1 };
    expect((await issues.getMilestone(at)).data).toMatchObject({ open_issues: 1, closed_issues: 1 });
    expect((await issues.listLabelsForMilestone(at)).data.map(({ name }) => name)).toEqual(['bug']);
    expect((await issues.updateMilestone({ ...at, state: 'closed' })).data).toMatchObject({ state: 'closed', title: 'v1' });
    expect((await issues.listMilestones(repository)).data).toEqual([]);
    expect((await issues.listMilestones({ ...repository, state: 'all' })).data).toHaveLength(1);
    expect((await issues.updateMilestone({ ...at, state: 'open' })).data.closed_at).toBeNull();
    await issues.deleteMilestone(at);
    expect((await refusal(issues.getMilestone(at))).status).toBe(404);
    expect((await issues.get({ ...repository, issue_number: 1 })).data.milestone).toBeNull();
    expect((await issues.createMilestone({ ...repository, title: 'v1' })).data.number).toBe(2);
  });

  it('are put on an issue and taken off it', async () => {
    const repository = await forge.repository();
    const { issues } = forge.as('writer').rest;
    await issues.createMilestone({ ...repository, title: 'v1' });
    await issues.createMilestone({ ...repository, title: 'v2' });
    const { data: issue } = await issues.create({ ...repository, title: 'x', milestone: 1 });
    const at = { ...repository, issue_number: issue.number };
    expect((await issues.update({ ...at, milestone: 2 })).data.milestone).toMatchObject({ title: 'v2' });
    expect((await issues.update({ ...at, milestone: null })).data.milestone).toBeNull();
    const { data: events } = await issues.listEvents(at);
    expect(events.map(({ event, ...rest }) => [event, 'milestone' in rest ? rest.milestone.title : undefined])).toEqual([
      ['milestoned', 'v1'],
      ['demilestoned', 'v1'],
      ['milestoned', 'v2'],
      ['demilestoned', 'v2'],
    ]);
  });

  it('are refused without a title, with one that is taken, and from readers', async () => {
    const repository = await forge.repository();
    const { issues } = forge.as('writer').rest;
    await issues.createMilestone({ ...repository, title: 'v1' });
    for (const [title, code] of [
      ['v1', 'already_exists'],
      [' ', 'missing_field'],
    ] as const)
      expect((await refusal(issues.createMilestone({ ...repository, title }))).body.errors).toMatchObject([{ field: 'title', code }]);
    expect((await refusal(issues.createMilestone({ ...repository, title: 'v2', due_on: 'soon' }))).status).toBe(422);
    expect((await refusal(forge.as('reader').rest.issues.createMilestone({ ...repository, title: 'v2' }))).status).toBe(403);
  });

  it('are listed by their dates or by what is done', async () => {
    const repository = await forge.repository();
    const octokit = forge.as('writer');
    const { issues } = octokit.rest;
    await issues.createMilestone({ ...repository, title: 'some day' });
    await issues.createMilestone({ ...repository, title: 'late', due_on: '2031-01-01T00:00:00Z' });
    await issues.createMilestone({ ...repository, title: 'soon', due_on: '2030-01-01T00:00:00Z' });
    await issues.create({ ...repository, title: 'x', milestone: 2 });
    await issues.update({ ...repository, issue_number: 1, state: 'closed' });
    const titles = (list: readonly { title: string }[]): string[] => list.map(({ title }) => title);
    expect(titles(await octokit.paginate(issues.listMilestones, { ...repository, per_page: 1 }))).toEqual(['soon', 'late', 'some day']);
    expect(titles((await issues.listMilestones({ ...repository, sort: 'completeness', direction: 'desc' })).data)).toEqual([
      'late',
      'some day',
      'soon',
    ]);
  });
});
