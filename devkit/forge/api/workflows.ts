// Workflows, and starting one by hand.
import { registered } from '../ci/runs.ts';
import { workflowFiles } from '../ci/take-trigger.ts';
import { dispatchInputs } from '../ci/dispatch-inputs.ts';
import { parseWorkflow } from '../ci/parse-workflow.ts';
import { acting, listing, reading, type Operation } from '../http/operation.ts';
import { page } from '../http/pagination.ts';
import { noContent, notFound, ok, unprocessable } from '../http/reply.ts';
import type { Workflow } from '../state/ci-records.ts';
import type { Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { presentWorkflow } from './present/actions.ts';
import { fullName } from './present/repository.ts';
import { listRuns } from './workflow-runs.ts';

export const workflowOperations: Operation[] = [
  listing('actions/list-repo-workflows', (call) => {
    const { forge, state, repository } = call;
    const workflows = state.select('workflow', 'repository', repository.id);
    return page(call, workflows, (shown) => ({
      total_count: workflows.length,
      workflows: shown.map((workflow) => presentWorkflow(forge, state, repository, workflow)),
    }));
  }),
  reading('actions/get-workflow', ({ forge, state, repository, params }) =>
    ok(presentWorkflow(forge, state, repository, needWorkflow(state, repository, params.workflow_id))),
  ),
  listing('actions/list-workflow-runs', (call) => {
    const { state, repository, params } = call;
    const workflow = needWorkflow(state, repository, params.workflow_id);
    return listRuns(call, state.select('workflowRun', 'workflow', workflow.id));
  }),
  acting('actions/create-workflow-dispatch', 'write', async ({ forge, state, actor, repository, params, body }) => {
    const workflow = needWorkflow(state, repository, params.workflow_id);
    const git = forge.git(repository);
    const ref = await firstRef(body.ref, (name) => git.resolve(`${name}^{commit}`));
    if (ref === undefined) throw unprocessable(`No ref found for: ${body.ref}`);
    const file = (await workflowFiles(git, ref.sha)).find(({ path }) => path === workflow.path);
    const parsed = file === undefined ? undefined : parseWorkflow(file.source);
    const on = parsed?.ok === true ? parsed.workflow.on : parsed?.on;
    if (on?.workflow_dispatch === undefined) throw unprocessable("Workflow does not have 'workflow_dispatch' trigger");
    const inputs = dispatchInputs(on.workflow_dispatch.inputs ?? {}, body.inputs ?? {});
    if (typeof inputs === 'string') throw unprocessable(inputs);
    forge.state.transaction((transaction) => {
      const { id } = registered(transaction, repository, workflow.path, workflow.name);
      transaction.add('ciTrigger', {
        repositoryId: repository.id,
        event: 'workflow_dispatch',
        action: null,
        ref: ref.name,
        sha: ref.sha,
        beforeSha: null,
        pullRequestId: null,
        workflowPath: workflow.path,
        inputs,
        actorId: actor.id,
        dueAt: Date.now() + forge.random.within(forge.settings.delays.checks),
      });
      transaction.effect({
        kind: 'workflow.dispatched',
        actor: actor.login,
        repository: fullName(transaction, repository),
        subject: workflow.path,
        details: { id, ref: ref.name, inputs },
      });
    });
    return noContent();
  }),
];

/** A ref may be given in full, or as the name of a branch or tag. */
async function firstRef(
  given: string,
  resolve: (name: string) => Promise<string | undefined>,
): Promise<{ name: string; sha: string } | undefined> {
  const names = given.startsWith('refs/') ? [given] : [`refs/heads/${given}`, `refs/tags/${given}`];
  for (const name of names) {
    const sha = await resolve(name);
    if (sha !== undefined) return { name, sha };
  }
  return undefined;
}

/** A workflow by its number, or by the name of its file. */
function needWorkflow(state: Reader, repository: Repository, idOrFile: number | string): Workflow {
  const found = state
    .select('workflow', 'repository', repository.id)
    .find(({ id, path }) => String(id) === String(idOrFile) || path === `.github/workflows/${idOrFile}` || path === idOrFile);
  if (found === undefined) throw notFound();
  return found;
}
