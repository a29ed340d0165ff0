// How runs and jobs change, each change told to webhooks once: what GitHub's events workflow_run and workflow_job say.
import { presentWorkflow, presentWorkflowJob, presentWorkflowRun } from '../api/present/actions.ts';
import { fullName } from '../api/present/repository.ts';
import type { Forge } from '../forge.ts';
import type { WorkflowJob, WorkflowRun } from '../state/ci-records.ts';
import type { Reader, Transaction } from '../state/state.ts';
import { publish } from '../webhooks/publish.ts';

/** Jobs of the newest attempt: those that it ran, and those that it took over from earlier ones. */
export const jobsOf = (state: Reader, run: WorkflowRun): WorkflowJob[] => jobsOfAttempt(state, run, run);

export function jobsOfAttempt(
  state: Reader,
  run: WorkflowRun,
  { attempt, carriedJobIds }: Pick<WorkflowRun, 'attempt' | 'carriedJobIds'>,
): WorkflowJob[] {
  return state.select('workflowJob', 'run', run.id).filter((job) => job.attempt === attempt || carriedJobIds.includes(job.id));
}

type RunAction = 'requested' | 'rerequested' | 'in_progress' | 'cancelled' | 'completed';

/** Records an effect of the run; GitHub's event knows the actions requested, in_progress and completed. */
export function tellRun(forge: Forge, transaction: Transaction, run: WorkflowRun, action: RunAction): void {
  const repository = transaction.need('repository', run.repositoryId);
  const actor = transaction.need('user', run.triggeringActorId);
  transaction.effect({
    kind: `workflow_run.${action}`,
    actor: actor.login,
    repository: fullName(transaction, repository),
    subject: run.name,
    details: { id: run.id, attempt: run.attempt, sha: run.headSha, event: run.event, conclusion: run.conclusion },
  });
  if (action === 'cancelled') return;
  publish(forge, transaction, repository, actor, {
    name: 'workflow_run',
    action: action === 'rerequested' ? 'requested' : action,
    payload: () => ({
      workflow_run: presentWorkflowRun(forge, transaction, repository, run),
      workflow: presentWorkflow(forge, transaction, repository, transaction.need('workflow', run.workflowId)),
    }),
  });
}

export function tellJob(forge: Forge, transaction: Transaction, job: WorkflowJob): void {
  const repository = transaction.need('repository', job.repositoryId);
  const run = transaction.need('workflowRun', job.runId);
  const actor = transaction.need('user', run.triggeringActorId);
  transaction.effect({
    kind: `workflow_job.${job.status}`,
    actor: actor.login,
    repository: fullName(transaction, repository),
    subject: job.name,
    details: { id: job.id, run: run.id, attempt: job.attempt, sha: run.headSha, conclusion: job.conclusion },
  });
  publish(forge, transaction, repository, actor, {
    name: 'workflow_job',
    action: job.status,
    payload: () => ({ workflow_job: presentWorkflowJob(forge, transaction, repository, job) }),
  });
}
