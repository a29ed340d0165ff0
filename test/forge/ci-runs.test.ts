// What one can do with runs: run again, cancel, start by hand, list, fetch logs; and what webhooks hear of them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { strFromU8, unzipSync } from 'fflate';
import { cloned, ended, job, jobsOf, logOf, push, pushed, runsAt, workflow, type CiRepository } from './ci-support.ts';
import { receiveWebhooks } from './webhook-receiver.ts';
import { eventually, git, refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
let repository: CiRepository;
let place: { owner: string; repo: string };
beforeAll(async () => {
  forge = await startTestForge();
  repository = await cloned(forge);
  place = { owner: repository.owner, repo: repository.repo };
});
afterAll(() => forge.stop());

const actions = (login = 'writer') => forge.as(login).rest.actions;
const effects = async (kind: string, subject: string): Promise<unknown[]> =>
  (await forge.control<{ kind: string; subject: string; repository: string }[]>('GET', '/_effects?limit=10000')).filter(
    (effect) => effect.kind === kind && effect.subject === subject && effect.repository === `owner/${repository.repo}`,
  );

/** Fails in its first attempt and succeeds in later ones. */
const flaky = 'test $GITHUB_RUN_ATTEMPT -gt 1';

describe('a run that failed', () => {
  it('runs its failed jobs again with those that need them, and carries the others', async () => {
    const jobs = `${job('good', 'true')}${job('bad', flaky)}${job('after', 'echo after').replace('after:', 'after:\n    needs: [good, bad]')}`;
    const { sha, run, jobs: first } = await pushed(forge, repository, workflow(jobs));
    expect(first.map(({ name, conclusion }) => [name, conclusion])).toEqual([
      ['good', 'success'],
      ['bad', 'failure'],
      ['after', 'skipped'],
    ]);
    await actions().reRunWorkflowFailedJobs({ ...place, run_id: run.id });
    expect(await ended(forge, repository, sha, 2)).toMatchObject({ id: run.id, conclusion: 'success', run_attempt: 2 });
    const second = await jobsOf(forge, repository, run);
    expect(second.map(({ name, conclusion, run_attempt }) => [name, conclusion, run_attempt])).toEqual([
      ['good', 'success', 1],
      ['bad', 'success', 2],
      ['after', 'success', 2],
    ]);
    expect(second[0]?.id).toBe(first[0]?.id);
    expect(second[1]?.check_run_url).not.toBe(first[1]?.check_run_url);
    const { data: earlier } = await actions('reader').getWorkflowRunAttempt({ ...place, run_id: run.id, attempt_number: 1 });
    expect(earlier).toMatchObject({ run_attempt: 1, conclusion: 'failure' });
    const { data: earlierJobs } = await actions('reader').listJobsForWorkflowRunAttempt({ ...place, run_id: run.id, attempt_number: 1 });
    expect(earlierJobs.jobs.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    const { data: latest } = await forge.as('reader').rest.checks.listForRef({ ...place, ref: sha });
    expect(latest.check_runs.map(({ name, conclusion }) => `${name} ${conclusion ?? ''}`).sort()).toEqual([
      'after success',
      'bad success',
      'good success',
    ]);
  });

  it('runs as a whole, by one job, or by its check, again; but not while it runs', async () => {
    const { sha, run, jobs } = await pushed(forge, repository, workflow(`${job('one', 'true')}${job('two', 'true')}`, 'on: push # again'));
    await actions().reRunWorkflow({ ...place, run_id: run.id });
    expect((await refusal(actions().reRunWorkflow({ ...place, run_id: run.id }))).status).toBe(403);
    await ended(forge, repository, sha, 2);
    const second = await jobsOf(forge, repository, run);
    expect(second.map(({ run_attempt }) => run_attempt)).toEqual([2, 2]);
    await actions().reRunJobForWorkflowRun({ ...place, job_id: second[1]?.id ?? 0 });
    await ended(forge, repository, sha, 3);
    expect((await jobsOf(forge, repository, run)).map(({ name, run_attempt }) => [name, run_attempt])).toEqual([
      ['one', 2],
      ['two', 3],
    ]);
    const checkOf = (url: string | undefined): number => Number(url?.split('/').at(-1));
    await forge.as('writer').rest.checks.rerequestRun({ ...place, check_run_id: checkOf(second[0]?.check_run_url) });
    await ended(forge, repository, sha, 4);
    await forge.as('writer').rest.checks.rerequestSuite({ ...place, check_suite_id: run.check_suite_id ?? 0 });
    expect(await ended(forge, repository, sha, 5)).toMatchObject({ conclusion: 'success' });
    expect(jobs).toHaveLength(2);
    expect((await refusal(actions('reader').reRunWorkflow({ ...place, run_id: run.id }))).status).toBe(403);
  });

  it('runs the failed part of its matrix again only', async () => {
    const jobs = `  test:\n    strategy: { fail-fast: false, matrix: { n: [1, 2] } }\n    runs-on: x\n    steps: [{ run: 'test \${{ matrix.n }} = 1 || ${flaky}' }]\n`;
    const { sha, run } = await pushed(forge, repository, workflow(jobs));
    expect(run.conclusion).toBe('failure');
    await actions().reRunWorkflowFailedJobs({ ...place, run_id: run.id });
    expect((await ended(forge, repository, sha, 2)).conclusion).toBe('success');
    expect((await jobsOf(forge, repository, run)).map(({ name, run_attempt }) => [name, run_attempt])).toEqual([
      ['test (1)', 1],
      ['test (2)', 2],
    ]);
  });
});

const waiting = job('wait', 'echo begun; sleep 300');

/** Waits until a job of the run at a commit has printed a line. */
const hasBegun = async (sha: string): Promise<number> =>
  eventually('the job to begin', async () => {
    const [run] = await runsAt(forge, repository, sha);
    if (run === undefined) return undefined;
    const [first] = await jobsOf(forge, repository, run);
    return first?.status === 'in_progress' && /Z begun/.test(await logOf(forge, repository, first)) ? run.id : undefined;
  });

describe('cancelling', () => {
  it('ends a running job and its children, runs what says always(), and the run is cancelled', async () => {
    const jobs = `${waiting}      - { if: always(), run: echo cleaned up }\n      - run: echo never\n${job('next', 'true').replace('next:', 'next:\n    needs: wait')}`;
    const sha = await push(repository, workflow(jobs));
    const id = await hasBegun(sha);
    await actions().cancelWorkflowRun({ ...place, run_id: id });
    const run = await ended(forge, repository, sha);
    expect(run.conclusion).toBe('cancelled');
    const [cancelled, next] = await jobsOf(forge, repository, run);
    expect([cancelled?.conclusion, next?.conclusion]).toEqual(['cancelled', 'skipped']);
    expect(cancelled?.steps?.map(({ conclusion }) => conclusion)).toEqual(['success', 'cancelled', 'success', 'skipped', 'success']);
    const log = await logOf(forge, repository, cancelled ?? { id: 0 });
    expect(log).toContain('Z cleaned up');
    expect(log).not.toMatch(/Z never/);
    expect((await refusal(actions().cancelWorkflowRun({ ...place, run_id: id }))).status).toBe(409);
  });

  it('is what concurrency does to the run before, and waiting is what it does without cancel-in-progress', async () => {
    const head = (cancel: boolean): string =>
      `on: push\nconcurrency: { group: '\${{ github.ref }}', cancel-in-progress: ${String(cancel)} }`;
    const first = await push(repository, workflow(waiting, head(true)));
    await hasBegun(first);
    const second = await push(repository, workflow(job('quick', 'true'), head(true)));
    expect((await ended(forge, repository, first)).conclusion).toBe('cancelled');
    expect((await ended(forge, repository, second)).conclusion).toBe('success');

    const slow = await push(repository, workflow(waiting, head(false)));
    const slowRun = await hasBegun(slow);
    const waits = await push(repository, workflow(job('quick', 'true'), head(false)));
    await eventually('the run to wait', async () => (await runsAt(forge, repository, waits))[0]?.status === 'pending');
    await actions().cancelWorkflowRun({ ...place, run_id: slowRun });
    expect((await ended(forge, repository, waits)).conclusion).toBe('success');
  });
});

describe('starting by hand', () => {
  const dispatched = workflow(
    job('say', 'echo "Hello ${{ inputs.name }} ${{ inputs.loud }} ${{ github.event_name }}"'),
    'on:\n  workflow_dispatch:\n    inputs:\n      name: { required: true }\n      loud: { type: boolean, default: true }',
  );

  it('gives the inputs to the run, and refuses those that cannot be', async () => {
    const other = await cloned(forge);
    const there = { owner: other.owner, repo: other.repo };
    const sha = await push(other, { ...dispatched, '.github/workflows/push.yml': `on: push\njobs:\n${job('p', 'true')}` });
    await ended(forge, other, sha);
    const dispatch = (inputs: Record<string, unknown>, file = 'push.yml') =>
      actions().createWorkflowDispatch({ ...there, workflow_id: file, ref: 'main', inputs });
    expect((await refusal(dispatch({}))).body.message).toBe("Workflow does not have 'workflow_dispatch' trigger");
    const { data } = await actions('reader').listRepoWorkflows(there);
    expect(data.workflows.map(({ path }) => path).sort()).toEqual(['.github/workflows/ci.yml', '.github/workflows/push.yml']);
    expect((await refusal(dispatch({ name: 'x', what: 'y' }, 'ci.yml'))).body.message).toBe('Unexpected inputs provided: ["what"]');
    expect((await refusal(dispatch({}, 'ci.yml'))).body.message).toBe("Required input 'name' not provided");
    expect((await refusal(dispatch({ name: 'x', loud: 'perhaps' }, 'ci.yml'))).status).toBe(422);
    await dispatch({ name: 'World' }, 'ci.yml');
    const run = await eventually('the run', async () => {
      const { data: found } = await actions('reader').listWorkflowRuns({ ...there, workflow_id: 'ci.yml', event: 'workflow_dispatch' });
      return found.workflow_runs.find(({ status }) => status === 'completed');
    });
    const [said] = await jobsOf(forge, other, run);
    expect(await logOf(forge, other, said ?? { id: 0 })).toContain('Hello World true workflow_dispatch');
  });
});

describe('runs', () => {
  it('are listed by branch, event, status, actor and date', async () => {
    const other = await cloned(forge);
    const there = { owner: other.owner, repo: other.repo };
    const good = await pushed(forge, other, workflow(job('test', 'true')));
    const sha = await push(other, workflow(job('test', 'false')), { branch: 'topic' });
    await ended(forge, other, sha);
    const list = async (query: Record<string, string>): Promise<number[]> =>
      (await actions('reader').listWorkflowRunsForRepo({ ...there, ...query })).data.workflow_runs.map(({ run_number }) => run_number);
    expect(await list({})).toEqual([2, 1]);
    expect(await list({ branch: 'topic' })).toEqual([2]);
    expect(await list({ status: 'success' })).toEqual([1]);
    expect(await list({ status: 'completed', actor: 'writer', event: 'push' })).toEqual([2, 1]);
    expect(await list({ actor: 'reader' })).toEqual([]);
    expect(await list({ created: '<2020-01-01' })).toEqual([]);
    expect(await list({ created: '>=2020-01-01' })).toEqual([2, 1]);
    const archive = await actions('reader').downloadWorkflowRunLogs({ ...there, run_id: good.run.id });
    const files = unzipSync(new Uint8Array(archive.data as ArrayBuffer));
    expect(Object.keys(files).sort()).toEqual(['0_test.txt', 'test/1_Set up job.txt', 'test/2_Run true.txt', 'test/3_Complete job.txt']);
    expect(strFromU8(files['0_test.txt'] ?? new Uint8Array())).toContain('##[group]Run true');
  });

  it('give their logs by an address that is signed', async () => {
    const { jobs } = await pushed(forge, repository, workflow(job('test', 'true'), 'on: push # signed'));
    const answer = await forge.fetch(`/repos/owner/${repository.repo}/actions/jobs/${jobs[0]?.id ?? 0}/logs`, {
      login: 'reader',
      redirect: 'manual',
    });
    expect(answer.status).toBe(302);
    const location = answer.headers.get('location') ?? '';
    expect((await fetch(location)).status).toBe(200);
    expect((await fetch(location.slice(0, -1) + (location.endsWith('0') ? '1' : '0'))).status).toBe(403);
  });

  it('begin for tags too, if their workflow asks for it', async () => {
    const sha = await push(repository, workflow(job('tag', 'echo "$GITHUB_REF_TYPE $GITHUB_REF_NAME"'), "on: { push: { tags: ['v*'] } }"));
    await git(repository.clone, 'tag', '-a', 'v1.0', '-m', 'First');
    await git(repository.clone, 'push', '-q', 'origin', 'v1.0');
    const run = await ended(forge, repository, sha);
    expect(run).toMatchObject({ event: 'push', head_branch: 'v1.0', conclusion: 'success' });
    const [tagged] = await jobsOf(forge, repository, run);
    expect(await logOf(forge, repository, tagged ?? { id: 0 })).toContain('tag v1.0');
  });

  it('are told to webhooks, and counted as effects, once for each step of their way', async () => {
    const receiver = await receiveWebhooks();
    try {
      await receiver.subscribe(forge, place, ['check_run', 'check_suite', 'workflow_run', 'workflow_job']);
      await pushed(forge, repository, workflow(job('told', 'true')));
      await receiver.first('workflow_run.completed');
      expect(receiver.received.map(({ event, action }) => `${event} ${action ?? ''}`).sort()).toEqual([
        'check_run completed',
        'check_run created',
        'check_suite completed',
        'check_suite requested',
        'ping ',
        'workflow_job completed',
        'workflow_job in_progress',
        'workflow_job queued',
        'workflow_run completed',
        'workflow_run in_progress',
        'workflow_run requested',
      ]);
      expect(await effects('check_run.completed', 'told')).toHaveLength(1);
    } finally {
      await receiver.stop();
    }
  });
});
