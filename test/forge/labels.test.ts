import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
beforeAll(async () => {
  forge = await startTestForge();
});
afterAll(() => forge.stop());

describe('labels', () => {
  it('are there from the start, found whatever their case, and made, renamed and removed by writers', async () => {
    const repository = await forge.repository();
    const { issues } = forge.as('writer').rest;
    expect((await issues.getLabel({ ...repository, name: 'Good First Issue' })).data).toMatchObject({ default: true, color: '7057ff' });
    const { data: made } = await issues.createLabel({ ...repository, name: 'área: ünïcode', color: 'ABCDEF', description: 'Odd' });
    expect(made).toMatchObject({ name: 'área: ünïcode', color: 'abcdef', description: 'Odd', default: false });
    expect((await forge.fetch(new URL(made.url).pathname, { login: 'reader' })).status).toBe(200);
    const { data: renamed } = await issues.updateLabel({ ...repository, name: 'ÁREA: ÜNÏCODE', new_name: 'plain' });
    expect(renamed).toMatchObject({ id: made.id, name: 'plain', description: 'Odd' });
    await issues.deleteLabel({ ...repository, name: 'plain' });
    expect((await refusal(issues.getLabel({ ...repository, name: 'plain' }))).status).toBe(404);
  });

  it.each<[string, { name: string; color?: string; description?: string }, object]>([
    ['a name that is taken in another case', { name: 'BUG' }, { field: 'name', code: 'already_exists' }],
    ['a blank name', { name: ' ' }, { field: 'name', code: 'missing_field' }],
    ['a name of 51 characters', { name: 'x'.repeat(51) }, { field: 'name', code: 'custom' }],
    ['a color that is none', { name: 'x', color: '#ff0000' }, { field: 'color', code: 'invalid' }],
    ['a description of 101 characters', { name: 'x', description: 'x'.repeat(101) }, { field: 'description', code: 'custom' }],
  ])('with %s are refused', async (_what, wish, error) => {
    const repository = await forge.repository();
    const { status, body } = await refusal(forge.as('writer').rest.issues.createLabel({ ...repository, ...wish }));
    expect({ status, errors: body.errors }).toEqual({ status: 422, errors: [expect.objectContaining(error)] });
  });

  it('are not for readers to make, change or put on issues', async () => {
    const repository = await forge.repository();
    const { issues } = forge.as('reader').rest;
    const { data: issue } = await issues.create({ ...repository, title: 'x' });
    const at = { ...repository, issue_number: issue.number };
    for (const attempt of [
      () => issues.createLabel({ ...repository, name: 'x' }),
      () => issues.updateLabel({ ...repository, name: 'bug', new_name: 'x' }),
      () => issues.deleteLabel({ ...repository, name: 'bug' }),
      () => issues.addLabels({ ...at, labels: ['bug'] }),
      () => issues.setLabels({ ...at, labels: ['bug'] }),
      () => issues.removeAllLabels(at),
    ])
      expect((await refusal(attempt())).status).toBe(403);
  });

  it('come and go on an issue, each change once, unknown names made on the fly', async () => {
    const repository = await forge.repository();
    const { issues } = forge.as('writer').rest;
    const { data: issue } = await issues.create({ ...repository, title: 'x', labels: ['bug'] });
    const at = { ...repository, issue_number: issue.number };
    const names = (labels: readonly { name: string }[]): string[] => labels.map(({ name }) => name);
    expect(names((await issues.addLabels({ ...at, labels: ['Bug', 'needs info', 'Needs Info'] })).data)).toEqual(['bug', 'needs info']);
    expect(names((await issues.setLabels({ ...at, labels: ['wontfix', 'needs info'] })).data)).toEqual(['wontfix', 'needs info']);
    expect(names((await issues.removeLabel({ ...at, name: 'NEEDS INFO' })).data)).toEqual(['wontfix']);
    const missing = await refusal(issues.removeLabel({ ...at, name: 'needs info' }));
    expect({ status: missing.status, message: missing.body.message }).toEqual({ status: 404, message: 'Label does not exist' });
    expect((await issues.removeAllLabels(at)).status).toBe(204);
    expect((await issues.listLabelsOnIssue(at)).data).toEqual([]);
    const { data: events } = await issues.listEvents(at);
    expect(events.map(({ event, ...rest }) => [event, 'label' in rest ? rest.label.name : undefined])).toEqual([
      ['labeled', 'bug'],
      ['labeled', 'needs info'],
      ['unlabeled', 'bug'],
      ['labeled', 'wontfix'],
      ['unlabeled', 'needs info'],
      ['unlabeled', 'wontfix'],
    ]);
  });

  it('of racing writers are all there', async () => {
    const repository = await forge.repository();
    const { issues } = forge.as('writer').rest;
    const { data: issue } = await issues.create({ ...repository, title: 'x' });
    const at = { ...repository, issue_number: issue.number };
    const wanted = Array.from({ length: 10 }, (_value, index) => `label-${index}`);
    await Promise.all(wanted.map((label) => issues.addLabels({ ...at, labels: [label, 'shared'] })));
    const { data } = await issues.listLabelsOnIssue({ ...at, per_page: 100 });
    expect(data.map(({ name }) => name).sort()).toEqual([...wanted, 'shared'].sort());
    expect((await issues.listLabelsForRepo({ ...repository, per_page: 100 })).data.filter(({ name }) => name === 'shared')).toHaveLength(1);
  });

  it('that are removed leave the issues that had them', async () => {
    const repository = await forge.repository();
    const { issues } = forge.as('writer').rest;
    await issues.create({ ...repository, title: 'x', labels: ['bug', 'question'] });
    await issues.deleteLabel({ ...repository, name: 'bug' });
    expect((await issues.get({ ...repository, issue_number: 1 })).data.labels).toMatchObject([{ name: 'question' }]);
  });

  it('are listed page by page', async () => {
    const repository = await forge.repository();
    const octokit = forge.as('reader');
    expect(await octokit.paginate(octokit.rest.issues.listLabelsForRepo, { ...repository, per_page: 4 })).toHaveLength(9);
  });
});

describe('assignees', () => {
  it('are those who take part in the repository; others are passed over without a word', async () => {
    const repository = await forge.repository();
    const { issues } = forge.as('writer').rest;
    const { data: issue } = await issues.create({ ...repository, title: 'x' });
    const at = { ...repository, issue_number: issue.number };
    const { data: added, status } = await issues.addAssignees({ ...at, assignees: ['Reader', 'stranger', 'nobody', 'owner'] });
    expect(status).toBe(201);
    expect(added.assignees?.map(({ login }) => login)).toEqual(['reader', 'owner']);
    const { data: removed } = await issues.removeAssignees({ ...at, assignees: ['READER', 'nobody'] });
    expect(removed.assignees?.map(({ login }) => login)).toEqual(['owner']);
    expect((await issues.listAssignees(repository)).data.map(({ login }) => login)).toEqual(['owner', 'writer', 'reader']);
    expect((await issues.checkUserCanBeAssigned({ ...repository, assignee: 'reader' })).status).toBe(204);
    expect((await refusal(issues.checkUserCanBeAssigned({ ...repository, assignee: 'stranger' }))).status).toBe(404);
    expect((await refusal(forge.as('reader').rest.issues.addAssignees({ ...at, assignees: ['reader'] }))).status).toBe(403);
  });
});
