import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
beforeAll(async () => {
  forge = await startTestForge();
});
afterAll(() => forge.stop());

type Effect = { kind: string; actor: string; repository: string; subject: string; details?: Record<string, unknown> };
const effectsIn = async ({ owner, repo }: { owner: string; repo: string }): Promise<Effect[]> =>
  (await forge.control<Effect[]>('GET', '/_effects?limit=10000')).filter(({ repository }) => repository === `${owner}/${repo}`);

describe('issues', () => {
  it('are opened with labels, people and a milestone, and each effect is counted once', async () => {
    const repository = await forge.repository();
    const { issues } = forge.as('writer').rest;
    const { data: milestone } = await issues.createMilestone({ ...repository, title: 'One' });
    const { data, headers } = await issues.create({
      ...repository,
      title: 'It breaks',
      body: 'Here is how.',
      labels: ['BUG', 'urgent'],
      assignees: ['reader'],
      milestone: milestone.number,
    });
    expect(data).toMatchObject({
      number: 1,
      title: 'It breaks',
      body: 'Here is how.',
      state: 'open',
      state_reason: null,
      user: { login: 'writer' },
      assignee: { login: 'reader' },
      labels: [{ name: 'bug' }, { name: 'urgent', color: 'ededed' }],
      milestone: { number: 1, open_issues: 1 },
      author_association: 'COLLABORATOR',
      comments: 0,
    });
    expect(data).not.toHaveProperty('pull_request');
    expect(headers.location).toBe(data.url);
    expect((await issues.get({ ...repository, issue_number: 1 })).data).toEqual(data);
    expect((await effectsIn(repository)).map(({ kind, subject }) => [kind, subject]).filter(([kind]) => /issue/.test(kind ?? ''))).toEqual([
      ['issue.opened', '#1'],
      ['issue.labeled', '#1'],
      ['issue.labeled', '#1'],
      ['issue.assigned', '#1'],
      ['issue.milestoned', '#1'],
    ]);
  });

  it('of readers and strangers drop labels, people and milestone without a word', async () => {
    const repository = await forge.repository();
    for (const login of ['reader', 'stranger']) {
      const { data } = await forge
        .as(login)
        .rest.issues.create({ ...repository, title: 'Please', labels: ['bug', 'new'], assignees: ['writer'], milestone: 7 });
      expect(data).toMatchObject({ labels: [], assignees: [], milestone: null, user: { login } });
    }
    const { data: labels } = await forge.as('reader').rest.issues.listLabelsForRepo(repository);
    expect(labels.map(({ name }) => name)).not.toContain('new');
  });

  it.each<[string, { title: string } & Record<string, unknown>, Record<string, unknown>]>([
    ['a blank title', { title: '  ' }, { field: 'title', code: 'missing_field' }],
    ['a title of 257 characters', { title: 'x'.repeat(257) }, { field: 'title', code: 'custom' }],
    ['a body of 65,537 characters', { title: 'x', body: 'x'.repeat(65_537) }, { field: 'body', code: 'custom' }],
    ['an assignee who does not exist', { title: 'x', assignees: ['nobody'] }, { field: 'assignees', code: 'invalid', value: 'nobody' }],
    ['an assignee from outside', { title: 'x', assignees: ['stranger'] }, { field: 'assignees', code: 'invalid', value: 'stranger' }],
    ['a milestone that does not exist', { title: 'x', milestone: 7 }, { field: 'milestone', code: 'invalid' }],
    ['a label of 51 characters', { title: 'x', labels: ['x'.repeat(51)] }, { field: 'name', code: 'custom' }],
  ])('with %s are refused whole', async (_what, wish, error) => {
    const repository = await forge.repository();
    const { status, body } = await refusal(forge.as('writer').rest.issues.create({ ...repository, ...wish }));
    expect({ status, errors: body.errors }).toEqual({ status: 422, errors: [expect.objectContaining(error)] });
    expect((await forge.as('writer').rest.issues.listForRepo(repository)).data).toEqual([]);
  });

  it('are refused without a title, with fields the forge does not have, and where issues are off', async () => {
    const repository = await forge.repository();
    const { issues, repos } = forge.as('owner').rest;
    expect((await refusal(issues.create({ ...repository, title: undefined as never }))).body.message).toContain('"title" wasn\'t supplied');
    expect((await refusal(issues.create({ ...repository, title: 'x', type: 'Bug' }))).body.message).toContain('"type"');
    expect((await refusal(issues.get({ ...repository, issue_number: 1 }))).status).toBe(404);
    await repos.update({ ...repository, has_issues: false });
    expect((await refusal(issues.create({ ...repository, title: 'x' }))).status).toBe(410);
    expect((await refusal(issues.listForRepo(repository))).status).toBe(410);
  });

  it('of racing authors get numbers of their own, without a gap', async () => {
    const repository = await forge.repository();
    const made = await Promise.all(
      Array.from({ length: 40 }, (_value, index) =>
        forge.as(index % 2 === 0 ? 'reader' : 'writer').rest.issues.create({ ...repository, title: `Number ${index}` }),
      ),
    );
    const numbers = made.map(({ data }) => data.number).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 40 }, (_value, index) => index + 1));
  });

  it('are closed for a reason, closed for another, and reopened', async () => {
    const repository = await forge.repository();
    const { issues } = forge.as('writer').rest;
    const { data: issue } = await issues.create({ ...repository, title: 'Open and shut' });
    const at = { ...repository, issue_number: issue.number };
    expect((await issues.update({ ...at, state: 'closed' })).data).toMatchObject({
      state: 'closed',
      state_reason: 'completed',
      closed_by: { login: 'writer' },
    });
    expect((await issues.update({ ...at, state: 'closed', state_reason: 'not_planned' })).data.state_reason).toBe('not_planned');
    expect((await issues.update({ ...at, state: 'closed' })).data.state_reason).toBe('not_planned');
    expect((await issues.update({ ...at, state: 'open' })).data).toMatchObject({
      state: 'open',
      state_reason: 'reopened',
      closed_at: null,
      closed_by: null,
    });
    const kinds = (await effectsIn(repository)).map(({ kind }) => kind).filter((kind) => kind.startsWith('issue.'));
    expect(kinds).toEqual(['issue.opened', 'issue.closed', 'issue.closed', 'issue.reopened']);
  });

  it('are changed by their authors and by those with the right, and by nobody else', async () => {
    const repository = await forge.repository();
    const { data: issue } = await forge.as('reader').rest.issues.create({ ...repository, title: 'Mine', body: 'Text' });
    const at = { ...repository, issue_number: issue.number };
    const changed = await forge.as('reader').rest.issues.update({ ...at, title: 'Still mine', body: '', labels: ['bug'], state: 'closed' });
    expect(changed.data).toMatchObject({ title: 'Still mine', body: null, labels: [], state: 'closed' });
    expect((await refusal(forge.as('stranger').rest.issues.update({ ...at, state: 'open' }))).status).toBe(403);
    expect((await forge.as('writer').rest.issues.update({ ...at, state: 'open', labels: ['bug'] })).data.labels).toMatchObject([
      { name: 'bug' },
    ]);
    expect((await refusal(forge.as('writer').rest.issues.update({ ...at, title: ' ' }))).status).toBe(422);
  });

  it('are sorted by those who may triage, with labels that exist', async () => {
    await forge.addUser('triager');
    await forge.control('POST', '/_repositories', { owner: 'owner', name: 'triaged', collaborators: { triager: 'triage' } });
    const repository = { owner: 'owner', repo: 'triaged' };
    const { data: issue } = await forge.as('stranger').rest.issues.create({ ...repository, title: 'What is this?' });
    const { issues } = forge.as('triager').rest;
    const at = { ...repository, issue_number: issue.number };
    const { data } = await issues.update({ ...at, labels: ['question'], assignees: ['triager'], state: 'closed' });
    expect(data).toMatchObject({ state: 'closed', labels: [{ name: 'question' }], assignees: [{ login: 'triager' }] });
    expect((await refusal(issues.update({ ...at, title: 'Mine now' }))).status).toBe(403);
    const { status, body } = await refusal(issues.addLabels({ ...at, labels: ['brand new'] }));
    expect({ status, errors: body.errors }).toEqual({
      status: 403,
      errors: [{ resource: 'Repository', field: 'label', code: 'unauthorized' }],
    });
  });

  it('that are locked are locked by those who may triage, and say why', async () => {
    const repository = await forge.repository();
    const { data: issue } = await forge.as('reader').rest.issues.create({ ...repository, title: 'Heated' });
    const at = { ...repository, issue_number: issue.number };
    expect((await refusal(forge.as('reader').rest.issues.lock(at))).status).toBe(403);
    expect((await forge.as('writer').rest.issues.lock({ ...at, lock_reason: 'too heated' })).status).toBe(204);
    expect((await forge.as('reader').rest.issues.get(at)).data).toMatchObject({ locked: true, active_lock_reason: 'too heated' });
    expect((await refusal(forge.as('writer').rest.issues.lock({ ...at, lock_reason: 'bored' as never }))).status).toBe(422);
    await forge.as('writer').rest.issues.unlock(at);
    expect((await forge.as('reader').rest.issues.get(at)).data).toMatchObject({ locked: false, active_lock_reason: null });
  });

  it('of a private repository do not exist for strangers', async () => {
    const repository = await forge.repository('secret', { private: true });
    await forge.as('reader').rest.issues.create({ ...repository, title: 'Secret' });
    const { issues } = forge.as('stranger').rest;
    expect((await refusal(issues.get({ ...repository, issue_number: 1 }))).status).toBe(404);
    expect((await refusal(issues.create({ ...repository, title: 'Let me in' }))).status).toBe(404);
    expect((await refusal(issues.listForRepo(repository))).status).toBe(404);
    expect((await issues.list({ filter: 'all', state: 'all', per_page: 100 })).data.map(({ title }) => title)).not.toContain('Secret');
  });
});

describe('lists of issues', () => {
  const titles = async (login: string, query: Record<string, unknown>): Promise<string[]> =>
    (await forge.as(login).rest.issues.listForRepo({ owner: 'owner', repo: 'listed', ...query })).data.map(({ title }) => title);

  beforeAll(async () => {
    const repository = await forge.repository('listed');
    const { issues } = forge.as('writer').rest;
    await issues.createMilestone({ ...repository, title: 'One' });
    await issues.create({ ...repository, title: 'a', labels: ['bug', 'question'], assignees: ['writer'] });
    await issues.create({ ...repository, title: 'b', labels: ['bug'], milestone: 1, body: 'Ask @reader, not `@owner`.' });
    await forge.as('reader').rest.issues.create({ ...repository, title: 'c' });
    await issues.createComment({ ...repository, issue_number: 3, body: 'Look, @owner!' });
    await issues.update({ ...repository, issue_number: 1, state: 'closed' });
  });

  it.each<[Record<string, unknown>, string[]]>([
    [{}, ['c', 'b']],
    [{ state: 'closed' }, ['a']],
    [{ state: 'all', direction: 'asc' }, ['a', 'b', 'c']],
    [{ state: 'all', labels: 'Bug,question' }, ['a']],
    [{ state: 'all', labels: 'bug' }, ['b', 'a']],
    [{ assignee: '*', state: 'all' }, ['a']],
    [{ assignee: 'none', state: 'all' }, ['c', 'b']],
    [{ assignee: 'Writer', state: 'all' }, ['a']],
    [{ milestone: '1' }, ['b']],
    [{ milestone: '*' }, ['b']],
    [{ milestone: 'none' }, ['c']],
    [{ creator: 'reader' }, ['c']],
    [{ creator: 'nobody' }, []],
    [{ mentioned: 'reader' }, ['b']],
    [{ mentioned: 'owner' }, ['c']],
    [{ state: 'all', sort: 'updated' }, ['a', 'c', 'b']],
    [{ state: 'all', sort: 'comments' }, ['c', 'b', 'a']],
    [{ since: '2100-01-01T00:00:00Z' }, []],
  ])('with %j have %j', async (query, expected) => {
    expect(await titles('stranger', query)).toEqual(expected);
  });

  it('refuse wrong filters', async () => {
    for (const query of [{ state: 'shut' }, { milestone: '77' }, { sort: 'size' }, { since: 'yesterday' }, { per_page: 'many' }])
      expect((await refusal(titles('reader', query))).status).toBe(422);
  });

  it('are walked page by page by their links', async () => {
    const repository = await forge.repository();
    for (let index = 1; index <= 7; index++) await forge.as('writer').rest.issues.create({ ...repository, title: `${index}` });
    const octokit = forge.as('reader');
    const first = await octokit.rest.issues.listForRepo({ ...repository, per_page: 3 });
    expect(first.headers.link).toContain('rel="next"');
    expect(first.headers.link).toContain('page=3>; rel="last"');
    const all = await octokit.paginate(octokit.rest.issues.listForRepo, { ...repository, per_page: 3 });
    expect(all.map(({ title }) => title)).toEqual(['7', '6', '5', '4', '3', '2', '1']);
  });

  it('of all repositories are those that concern the caller', async () => {
    const of = async (login: string, filter: 'assigned' | 'created' | 'mentioned' | 'subscribed'): Promise<string[]> =>
      (await forge.as(login).rest.issues.list({ filter, state: 'all', per_page: 100 })).data
        .filter(({ repository }) => repository?.full_name === 'owner/listed')
        .map(({ title }) => title);
    expect(await of('writer', 'assigned')).toEqual(['a']);
    expect(await of('reader', 'created')).toEqual(['c']);
    expect(await of('reader', 'mentioned')).toEqual(['b']);
    expect(await of('writer', 'subscribed')).toEqual(['c', 'b', 'a']);
  });
});

describe('a forge that behaves as forges do', () => {
  it('shows a new issue at once, and lists it within two seconds', async () => {
    const slow = await startTestForge({ arguments: ['--seed', '7'] });
    try {
      const repository = await slow.repository();
      const octokit = slow.as('writer');
      const { data: issue } = await octokit.rest.issues.create({ ...repository, title: 'Where am I?' });
      const createdAt = Date.now();
      expect((await octokit.rest.issues.get({ ...repository, issue_number: issue.number })).data.title).toBe('Where am I?');
      const seen: string[] = [];
      await eventually('two seconds of lists', async () => {
        const isLate = Date.now() - createdAt > 2_000;
        // A list that lags far enough does not know the repository yet.
        const answer = await octokit.rest.issues.listForRepo(repository).catch((error: { status: number }) => error);
        seen.push('data' in answer ? answer.data.map(({ title }) => title).join() : String(answer.status));
        return isLate;
      });
      expect(new Set(seen).size).toBeGreaterThan(1);
      expect(seen.at(-1)).toBe('Where am I?');
    } finally {
      await slow.stop();
    }
  });
});
