import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
beforeAll(async () => {
  forge = await startTestForge();
});
afterAll(() => forge.stop());

async function place(): Promise<{ repository: { owner: string; repo: string }; head_sha: string }> {
  const repository = await forge.repository();
  const { data } = await forge.as('reader').rest.repos.getCombinedStatusForRef({ ...repository, ref: 'main' });
  return { repository, head_sha: data.sha };
}

const effects = async (repo: string): Promise<{ kind: string; subject: string }[]> =>
  (await forge.control<{ kind: string; subject: string; repository: string }[]>('GET', '/_effects'))
    .filter(({ repository, kind }) => repository === `owner/${repo}` && kind.startsWith('check'))
    .map(({ kind, subject }) => ({ kind, subject }));

describe('check runs', () => {
  it('go from queued to completed, with output and annotations that add up', async () => {
    const { repository, head_sha } = await place();
    const { checks } = forge.as('writer').rest;
    const { data: run } = await checks.create({ ...repository, head_sha, name: 'lint', external_id: '42' });
    expect(run).toMatchObject({ status: 'queued', conclusion: null, head_sha, external_id: '42', app: { slug: 'forge-checks' } });
    const annotation = { path: 'README.md', start_line: 1, end_line: 1, annotation_level: 'warning' as const, message: 'No full stop.' };
    const at = { ...repository, check_run_id: run.id };
    await checks.update({ ...at, status: 'in_progress', output: { title: 'Lint', summary: 'one', annotations: [annotation] } });
    const { data: done } = await checks.update({ ...at, conclusion: 'failure', output: { summary: 'two', annotations: [annotation] } });
    expect(done).toMatchObject({
      status: 'completed',
      conclusion: 'failure',
      output: { title: 'Lint', summary: 'two', annotations_count: 2 },
    });
    expect(done.completed_at).not.toBeNull();
    expect((await checks.get(at)).data).toEqual(done);
    const { data: annotations } = await checks.listAnnotations({ ...at, per_page: 1, page: 2 });
    expect(annotations).toEqual([expect.objectContaining({ path: 'README.md', start_column: null, message: 'No full stop.' })]);
    expect(await effects(repository.repo)).toEqual([
      { kind: 'check_suite.requested', subject: head_sha },
      { kind: 'check_run.created', subject: 'lint' },
      { kind: 'check_run.updated', subject: 'lint' },
      { kind: 'check_run.completed', subject: 'lint' },
      { kind: 'check_suite.completed', subject: head_sha },
    ]);
  });

  it('share one suite a commit, which sums them up', async () => {
    const { repository, head_sha } = await place();
    const { checks } = forge.as('writer').rest;
    const { data: one } = await checks.create({ ...repository, head_sha, name: 'one', conclusion: 'success' });
    const { data: two } = await checks.create({ ...repository, head_sha, name: 'two', status: 'in_progress' });
    expect(two.check_suite).toEqual(one.check_suite);
    const suite = async () => (await checks.getSuite({ ...repository, check_suite_id: one.check_suite?.id ?? 0 })).data;
    expect(await suite()).toMatchObject({ status: 'in_progress', conclusion: null, head_branch: 'main', latest_check_runs_count: 2 });
    await checks.update({ ...repository, check_run_id: two.id, status: 'completed', conclusion: 'timed_out' });
    expect(await suite()).toMatchObject({ status: 'completed', conclusion: 'timed_out' });
    await checks.create({ ...repository, head_sha, name: 'two', conclusion: 'skipped' });
    expect(await suite()).toMatchObject({ status: 'completed', conclusion: 'success' });
    const again = await checks.createSuite({ ...repository, head_sha });
    expect([again.status, again.data.id]).toEqual([200, one.check_suite?.id]);
    expect((await checks.listSuitesForRef({ ...repository, ref: 'main' })).data.check_suites.map(({ id }) => id)).toEqual([again.data.id]);
    expect((await checks.listSuitesForRef({ ...repository, ref: 'main', app_id: 15368 })).data.total_count).toBe(0);
  });

  it('are listed by branch or commit: the newest of each name, or all, filtered and in pages', async () => {
    const { repository, head_sha } = await place();
    const { checks } = forge.as('writer').rest;
    for (const conclusion of ['failure', 'success'] as const) await checks.create({ ...repository, head_sha, name: 'test', conclusion });
    const { data: lint } = await checks.create({ ...repository, head_sha, name: 'lint' });
    const list = async (query: object): Promise<string[]> =>
      (await checks.listForRef({ ...repository, ref: 'main', ...query })).data.check_runs.map(
        ({ name, conclusion }) => `${name} ${conclusion ?? 'open'}`,
      );
    expect(await list({})).toEqual(['lint open', 'test success']);
    expect(await list({ filter: 'all' })).toEqual(['lint open', 'test success', 'test failure']);
    expect(await list({ check_name: 'test' })).toEqual(['test success']);
    expect(await list({ status: 'queued' })).toEqual(['lint open']);
    expect(await list({ per_page: 1, page: 2 })).toEqual(['test success']);
    expect(await list({ app_id: 15368 })).toEqual([]);
    const ofSuite = await checks.listForSuite({ ...repository, check_suite_id: lint.check_suite?.id ?? 0 });
    expect(ofSuite.data.total_count).toBe(2);
  });

  it('are asked for again by run and by suite', async () => {
    const { repository, head_sha } = await place();
    const { checks } = forge.as('writer').rest;
    const { data: run } = await checks.create({ ...repository, head_sha, name: 'test', conclusion: 'failure' });
    const suite = { ...repository, check_suite_id: run.check_suite?.id ?? 0 };
    await checks.rerequestRun({ ...repository, check_run_id: run.id });
    expect((await checks.getSuite(suite)).data).toMatchObject({ status: 'queued', conclusion: null });
    expect((await checks.get({ ...repository, check_run_id: run.id })).data).toMatchObject({ status: 'completed', conclusion: 'failure' });
    await checks.update({ ...repository, check_run_id: run.id, status: 'in_progress' });
    expect((await checks.get({ ...repository, check_run_id: run.id })).data).toMatchObject({ conclusion: null, completed_at: null });
    expect((await refusal(checks.rerequestRun({ ...repository, check_run_id: run.id }))).status).toBe(422);
    await checks.rerequestSuite(suite);
    expect((await effects(repository.repo)).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['check_run.rerequested', 'check_suite.rerequested']),
    );
  });

  it('are refused for commits that are not there, without a conclusion, with too much, and from those who may not push', async () => {
    const { repository, head_sha } = await place();
    const { checks } = forge.as('writer').rest;
    const wrong = await Promise.all([
      refusal(checks.create({ ...repository, head_sha: 'f'.repeat(40), name: 'x' })),
      refusal(checks.create({ ...repository, head_sha: 'main', name: 'x' })),
      refusal(checks.create({ ...repository, head_sha, name: 'x', status: 'completed' } as never)),
      refusal(checks.create({ ...repository, head_sha, name: 'x', conclusion: 'stale' })),
      refusal(checks.create({ ...repository, head_sha, name: 'x', output: { title: 't', summary: 's'.repeat(65_536) } })),
      refusal(forge.as('reader').rest.checks.create({ ...repository, head_sha, name: 'x' })),
      refusal(checks.get({ ...repository, check_run_id: 1 })),
      refusal(checks.listForRef({ ...repository, ref: 'nowhere' })),
    ]);
    expect(wrong.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422, 403, 404, 422]);
    expect(await effects(repository.repo)).toEqual([]);
  });

  it('of the same name created at once are all kept in one suite', async () => {
    const { repository, head_sha } = await place();
    const { checks } = forge.as('writer').rest;
    const runs = await Promise.all(Array.from({ length: 8 }, () => checks.create({ ...repository, head_sha, name: 'race' })));
    expect(new Set(runs.map(({ data }) => data.check_suite?.id)).size).toBe(1);
    expect((await checks.listForRef({ ...repository, ref: head_sha, filter: 'all' })).data.total_count).toBe(8);
  });
});
