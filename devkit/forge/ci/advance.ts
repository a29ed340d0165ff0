// What follows in a run once something about it has changed: jobs whose needs have ended come into being, and a run whose jobs have all
// ended ends. Runs within the transaction of the change, so that nobody sees a run between two of its jobs.
import { changeCheckSuite } from '../domain/checks.ts';
import type { Forge } from '../forge.ts';
import type { Conclusion, WorkflowJob, WorkflowRun } from '../state/ci-records.ts';
import type { Transaction } from '../state/state.ts';
import { githubContext, jobStanding, needsContext, resultOf } from './contexts.ts';
import { evaluated, ExpressionProblem, holds, interpolated, type Contexts } from './expressions.ts';
import { addJob, annotation, aroundRun, type NewJob } from './jobs.ts';
import { combinationsOf, labelOf } from './matrix.ts';
import { parseWorkflow } from './parse-workflow.ts';
import { jobsOf, tellRun } from './records.ts';
import type { Job, Workflow } from './workflow.ts';

/** The workflow that a run is of. The run was made because its file could be read. */
export function workflowOf(run: WorkflowRun): Workflow {
  const parsed = parseWorkflow(run.source);
  if (!parsed.ok) throw new Error(`the workflow of run ${run.id} cannot be read any more`);
  return parsed.workflow;
}

export function advance(forge: Forge, transaction: Transaction, runId: number): void {
  const run = transaction.need('workflowRun', runId);
  if (run.status === 'pending' || run.status === 'completed') return;
  const workflow = workflowOf(run);
  let jobs = jobsOf(transaction, run);
  for (let grown = true; grown;) {
    grown = false;
    for (const [key, job] of Object.entries(workflow.jobs)) {
      if (jobs.some((other) => other.key === key) || !(job.needs ?? []).every((need) => hasEnded(jobs, need))) continue;
      addJobsOf(forge, transaction, run, workflow, key, job, jobs);
      jobs = jobsOf(transaction, run);
      grown = true;
    }
  }
  if (Object.keys(workflow.jobs).every((key) => hasEnded(jobs, key))) endRun(forge, transaction, run, resultOf(jobs));
}

function hasEnded(jobs: readonly WorkflowJob[], key: string): boolean {
  const ofKey = jobs.filter((job) => job.key === key);
  return ofKey.length > 0 && ofKey.every(({ status }) => status === 'completed');
}

/** The jobs that a key of the file makes: one, or one a combination of its matrix. */
function addJobsOf(
  forge: Forge,
  transaction: Transaction,
  run: WorkflowRun,
  workflow: Workflow,
  key: string,
  job: Job,
  jobs: readonly WorkflowJob[],
): void {
  const contexts = {
    github: githubContext(forge, transaction, run, key),
    needs: needsContext(workflow, key, jobs),
    inputs: run.inputs,
  };
  const plain: NewJob = { key, name: job.name ?? key, labels: [], combination: null, mayFail: false };
  try {
    if (!holds(job.if, contexts, jobStanding(workflow, key, jobs, run.cancelledAt !== null)))
      addJob(forge, transaction, run, plain, { conclusion: 'skipped' });
    else for (const wish of expanded(key, job, contexts)) addJob(forge, transaction, run, wish);
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    const { path } = transaction.need('workflow', run.workflowId);
    const annotations = [annotation('failure', `jobs.${key}: ${error.message}`, { path, line: 1, title: 'Invalid workflow file' })];
    addJob(forge, transaction, run, plain, { conclusion: 'failure', annotations });
  }
}

function expanded(key: string, job: Job, contexts: Contexts): NewJob[] {
  const matrix = job.strategy?.matrix;
  if (matrix === undefined) return [described(key, job, contexts, null)];
  const combinations = combinationsOf(matrix, contexts);
  const failFast = isTrue(job.strategy?.['fail-fast'] ?? true, contexts);
  const mostAtOnce = job.strategy?.['max-parallel'] ?? null;
  return combinations.map((values, index) =>
    described(key, job, contexts, { values, index, total: combinations.length, failFast, mostAtOnce }),
  );
}

function described(key: string, job: Job, contexts: Contexts, combination: NewJob['combination']): NewJob {
  const inner = { ...contexts, matrix: combination?.values ?? {} };
  const given = job.name ?? key;
  const name = interpolated(given, inner);
  return {
    key,
    name: combination === null || given.includes('${{') ? name : `${name} (${labelOf(combination.values)})`,
    labels: labelsOf(job['runs-on']).map((label) => interpolated(label, inner)),
    combination,
    mayFail: isTrue(job['continue-on-error'] ?? false, inner),
  };
}

const labelsOf = (runsOn: Job['runs-on']): readonly string[] =>
  typeof runsOn === 'string' ? [runsOn] : Array.isArray(runsOn) ? runsOn : (runsOn.labels ?? []);

/** A flag of the file: true or false, or an expression that gives one. */
export function isTrue(flag: boolean | string, contexts: Contexts): boolean {
  const value = typeof flag === 'string' ? evaluated(flag, contexts) : flag;
  if (typeof value !== 'boolean') throw new ExpressionProblem(`"${String(flag)}" does not give true or false`);
  return value;
}

function endRun(forge: Forge, transaction: Transaction, run: WorkflowRun, result: Conclusion): void {
  const conclusion = run.cancelledAt !== null && result !== 'failure' ? 'cancelled' : result;
  const { repository, actor } = aroundRun(transaction, run);
  const suite = transaction.need('checkSuite', run.suiteId);
  changeCheckSuite(forge, transaction, repository, actor, suite, { status: 'completed', conclusion });
  tellRun(
    forge,
    transaction,
    transaction.change('workflowRun', run.id, { status: 'completed', conclusion, updatedAt: Date.now() }),
    'completed',
  );
  admitNext(forge, transaction, run);
}

/** The run that has waited for its concurrency group comes in. */
function admitNext(forge: Forge, transaction: Transaction, ended: WorkflowRun): void {
  if (ended.concurrencyGroup === null) return;
  const next = runsInGroup(transaction, ended).find(({ status }) => status === 'pending');
  if (next === undefined) return;
  transaction.change('workflowRun', next.id, { status: 'queued', updatedAt: Date.now() });
  advance(forge, transaction, next.id);
}

/** Other runs of the same group that have not ended. */
export const runsInGroup = (transaction: Transaction, run: WorkflowRun): WorkflowRun[] =>
  transaction
    .select('workflowRun', 'repository', run.repositoryId)
    .filter(
      (other) =>
        other.id !== run.id &&
        other.status !== 'completed' &&
        other.concurrencyGroup?.toLowerCase() === run.concurrencyGroup?.toLowerCase(),
    );
