// The life of a job in records: queued, in progress, ended; with its check run, which says the same to those who look at the commit.
import { repositoryLinks } from '../api/present/repository.ts';
import { addCheckRun, changeCheckRun, changeCheckSuite } from '../domain/checks.ts';
import type { Forge } from '../forge.ts';
import type { Annotation, CheckRun, Conclusion, WorkflowJob, WorkflowRun, WorkflowStep } from '../state/ci-records.ts';
import type { Repository, User } from '../state/records.ts';
import type { Reader, Transaction } from '../state/state.ts';
import { jobsOf, tellJob, tellRun } from './records.ts';

export type NewJob = Pick<WorkflowJob, 'key' | 'name' | 'labels' | 'combination' | 'mayFail'>;

export interface JobEnd {
  readonly conclusion: Conclusion;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly annotations?: readonly Annotation[];
  /** Markdown that steps left in GITHUB_STEP_SUMMARY. */
  readonly summary?: string;
}

/** Adds a job to the newest attempt of a run: queued, or with an end that it has come to without running. */
export function addJob(forge: Forge, transaction: Transaction, run: WorkflowRun, wish: NewJob, end?: JobEnd): void {
  const { repository, actor } = aroundRun(transaction, run);
  const now = Date.now();
  const { id } = transaction.add('workflowJob', {
    repositoryId: run.repositoryId,
    runId: run.id,
    attempt: run.attempt,
    ...wish,
    checkRunId: 0,
    status: end === undefined ? 'queued' : 'completed',
    conclusion: end?.conclusion ?? null,
    outputs: {},
    steps: [],
    createdAt: now,
    startedAt: end === undefined ? null : now,
    completedAt: end === undefined ? null : now,
    cancelledAt: null,
  });
  const { html } = repositoryLinks(forge, transaction, repository);
  const checkRun = addCheckRun(forge, transaction, repository, actor, transaction.need('checkSuite', run.suiteId), {
    name: wish.name,
    externalId: String(id),
    detailsUrl: `${html}/actions/runs/${run.id}/job/${id}`,
    status: end === undefined ? 'queued' : 'completed',
    conclusion: end?.conclusion ?? null,
    startedAt: now,
    completedAt: end === undefined ? null : now,
    annotations: end?.annotations ?? [],
  });
  tellJob(forge, transaction, transaction.change('workflowJob', id, { checkRunId: checkRun.id }));
}

export function startJob(forge: Forge, transaction: Transaction, id: number): void {
  const now = Date.now();
  const job = transaction.change('workflowJob', id, { status: 'in_progress', startedAt: now });
  changeJobsCheck(forge, transaction, job, { status: 'in_progress', startedAt: now });
  tellJob(forge, transaction, job);
  const run = transaction.need('workflowRun', job.runId);
  if (run.status === 'in_progress') return;
  const { repository, actor } = aroundRun(transaction, run);
  const suite = transaction.need('checkSuite', run.suiteId);
  changeCheckSuite(forge, transaction, repository, actor, suite, { status: 'in_progress', conclusion: null });
  tellRun(forge, transaction, transaction.change('workflowRun', run.id, { status: 'in_progress', updatedAt: now }), 'in_progress');
}

/** Puts a job that a dead forge was running back into the queue: it runs again, from its first step. */
export function requeueJob(forge: Forge, transaction: Transaction, id: number): void {
  const job = transaction.change('workflowJob', id, { status: 'queued', startedAt: null, steps: [] });
  changeJobsCheck(forge, transaction, job, { status: 'queued' });
}

export function changeSteps(transaction: Transaction, id: number, steps: readonly WorkflowStep[]): void {
  transaction.change('workflowJob', id, { steps });
}

/** Records the end of a job that has not ended. What follows from it for its run: advance.ts. */
export function endJob(forge: Forge, transaction: Transaction, id: number, end: JobEnd): void {
  const now = Date.now();
  const before = transaction.need('workflowJob', id);
  const job = transaction.change('workflowJob', id, {
    status: 'completed',
    conclusion: end.conclusion,
    outputs: end.outputs ?? {},
    startedAt: before.startedAt ?? now,
    completedAt: now,
  });
  const check = transaction.need('checkRun', job.checkRunId);
  changeJobsCheck(forge, transaction, job, {
    status: 'completed',
    conclusion: end.conclusion,
    completedAt: now,
    annotations: end.annotations ?? [],
    ...(end.summary === undefined || end.summary === '' ? {} : { output: { ...check.output, title: job.name, summary: end.summary } }),
  });
  tellJob(forge, transaction, job);
  if (end.conclusion === 'failure' && !job.mayFail && job.combination?.failFast === true)
    for (const other of jobsOf(transaction, transaction.need('workflowRun', job.runId)))
      if (other.key === job.key && other.combination !== null) askToEnd(forge, transaction, other);
}

/** Ends a run, with all its jobs, as failed, and tells nobody: the last way out where a bug keeps it from any other end. */
export function stopRun(transaction: Transaction, runId: number): void {
  const end = { status: 'completed', conclusion: 'failure' } as const;
  const run = transaction.change('workflowRun', runId, { ...end, updatedAt: Date.now() });
  for (const job of jobsOf(transaction, run).filter(({ status }) => status !== 'completed')) {
    transaction.change('workflowJob', job.id, { ...end, completedAt: Date.now() });
    transaction.change('checkRun', job.checkRunId, { ...end, completedAt: Date.now() });
  }
  transaction.change('checkSuite', run.suiteId, end);
}

/** Ends a queued job as cancelled, and asks one that is running to end. */
export function askToEnd(forge: Forge, transaction: Transaction, job: WorkflowJob): void {
  if (job.status === 'queued') endJob(forge, transaction, job.id, { conclusion: 'cancelled' });
  else if (job.status === 'in_progress' && job.cancelledAt === null) transaction.change('workflowJob', job.id, { cancelledAt: Date.now() });
}

function changeJobsCheck(
  forge: Forge,
  transaction: Transaction,
  job: WorkflowJob,
  fields: Partial<Pick<CheckRun, 'status' | 'conclusion' | 'startedAt' | 'completedAt' | 'annotations' | 'output'>>,
): void {
  const { repository, actor } = aroundRun(transaction, transaction.need('workflowRun', job.runId));
  changeCheckRun(forge, transaction, repository, actor, transaction.need('checkRun', job.checkRunId), fields);
}

/** The repository of a run, and who stands behind its events. */
export const aroundRun = (state: Reader, run: WorkflowRun): { repository: Repository; actor: User } => ({
  repository: state.need('repository', run.repositoryId),
  actor: state.need('user', run.triggeringActorId),
});

/** Something to be told beside a file of the repository. */
export const annotation = (
  level: Annotation['annotation_level'],
  message: string,
  place: { readonly path: string; readonly line: number; readonly title?: string },
): Annotation => ({
  path: place.path,
  start_line: place.line,
  end_line: place.line,
  start_column: null,
  end_column: null,
  annotation_level: level,
  message,
  title: place.title ?? null,
  raw_details: null,
});
