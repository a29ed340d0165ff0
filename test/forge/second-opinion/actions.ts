// Actions of both, as far as `emulate` has them: a workflow of a repository, runs of it, and what is asked of those that are not there. Its
// workflows and runs come into being only within itself: no file, push or call makes one, so that there is none to run, follow or repeat.
import { eventually } from '../harness.ts';
import { base64, seen, status, type Facts, type World } from './asking.ts';

const NOT_THERE = 999_999_999;

export async function actions({ as, place, comes }: World): Promise<Facts> {
  const { rest } = as('writer');
  const none = [
    (await rest.actions.listRepoWorkflows(place)).data.total_count,
    (await rest.actions.listWorkflowRunsForRepo(place)).data.total_count,
  ];
  await rest.repos.createOrUpdateFileContents({
    ...place,
    path: '.github/workflows/ci.yml',
    message: 'Add CI',
    content: base64('name: CI\non: workflow_dispatch\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: "true"\n'),
  });
  await comes('the workflow', async () => (await rest.actions.listRepoWorkflows(place)).data.total_count > 0);
  const at = { ...place, workflow_id: 'ci.yml' };
  const started = await status(rest.actions.createWorkflowDispatch({ ...at, ref: 'main' }));
  const runs = async (): Promise<string[]> => (await rest.actions.listWorkflowRuns(at)).data.workflow_runs.map(({ event }) => event);
  return {
    'before there is a workflow': none,
    'workflows, once a file says one': (await rest.actions.listRepoWorkflows(place)).data.workflows.map(({ name, path }) => [name, path]),
    'a workflow by its file': await seen(rest.actions.getWorkflow(at).then(({ data }) => [data.name, data.state])),
    'started by hand': started,
    'started by a reader': await status(as('reader').rest.actions.createWorkflowDispatch({ ...at, ref: 'main' })),
    'its runs': started === 204 ? await eventually('the run', async () => (await runs())[0] !== undefined && runs()) : await seen(runs()),
    'a workflow that is not there': await status(rest.actions.getWorkflow({ ...place, workflow_id: 'none.yml' })),
    'a run that is not there': await status(rest.actions.getWorkflowRun({ ...place, run_id: NOT_THERE })),
    'its jobs': await status(rest.actions.listJobsForWorkflowRun({ ...place, run_id: NOT_THERE })),
    'run again': await status(rest.actions.reRunWorkflow({ ...place, run_id: NOT_THERE })),
    cancelled: await status(rest.actions.cancelWorkflowRun({ ...place, run_id: NOT_THERE })),
    'a job that is not there': await status(rest.actions.getJobForWorkflowRun({ ...place, job_id: NOT_THERE })),
  };
}
