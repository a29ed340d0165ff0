import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
beforeAll(async () => {
  forge = await startTestForge();
});
afterAll(() => forge.stop());

it('a workflow, its run and its job are each shown by themselves as in their lists', async () => {
  const at = await forge.repository();
  const { repos, actions } = forge.as('writer').rest;
  const workflow = 'name: CI\non: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo fine\n';
  const content = Buffer.from(workflow).toString('base64');
  await repos.createOrUpdateFileContents({ ...at, path: '.github/workflows/ci.yml', message: 'CI', content });
  const run = await eventually('a finished run', async () =>
    (await actions.listWorkflowRunsForRepo({ ...at, status: 'completed' })).data.workflow_runs.at(0),
  );
  expect((await actions.getWorkflowRun({ ...at, run_id: run.id })).data).toEqual(run);
  const { jobs } = (await actions.listJobsForWorkflowRun({ ...at, run_id: run.id })).data;
  expect((await actions.getJobForWorkflowRun({ ...at, job_id: jobs[0]?.id ?? 0 })).data).toEqual(jobs[0]);
  const { workflows } = (await actions.listRepoWorkflows(at)).data;
  expect((await actions.getWorkflow({ ...at, workflow_id: run.workflow_id })).data).toEqual(workflows[0]);
});
