// Runs of workflows: seen, run again, cancelled.
import { logLink } from '../ci/log-links.ts';
import { jobsOf, jobsOfAttempt } from '../ci/records.ts';
import { cancelRun, rerun, type RerunRefusal } from '../ci/runs.ts';
import { acting, listing, reading, type Operation, type RepositoryCall } from '../http/operation.ts';
import { page } from '../http/pagination.ts';
import { accepted, conflict, created, forbidden, found, notFound, ok, type Reply } from '../http/reply.ts';
import type { EarlierAttempt, WorkflowJob, WorkflowRun } from '../state/ci-records.ts';
import type { Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { presentWorkflowJob, presentWorkflowRun } from './present/actions.ts';

export const workflowRunOperations: Operation[] = [
  listing('actions/list-workflow-runs-for-repo', (call) =>
    listRuns(call, call.state.select('workflowRun', 'repository', call.repository.id)),
  ),
  reading('actions/get-workflow-run', ({ forge, state, repository, params }) =>
    ok(presentWorkflowRun(forge, state, repository, needRun(state, repository, params.run_id))),
  ),
  reading('actions/get-workflow-run-attempt', ({ forge, state, repository, params }) => {
    const run = needRun(state, repository, params.run_id);
    return ok(presentWorkflowRun(forge, state, repository, run, needAttempt(run, params.attempt_number)));
  }),
  listing('actions/list-jobs-for-workflow-run', (call) => {
    const { state, repository, params, query } = call;
    const run = needRun(state, repository, params.run_id);
    return listJobs(call, query.filter === 'all' ? state.select('workflowJob', 'run', run.id) : jobsOf(state, run));
  }),
  listing('actions/list-jobs-for-workflow-run-attempt', (call) => {
    const run = needRun(call.state, call.repository, call.params.run_id);
    return listJobs(call, jobsOfAttempt(call.state, run, needAttempt(run, call.params.attempt_number)));
  }),
  reading('actions/get-job-for-workflow-run', ({ forge, state, repository, params }) =>
    ok(presentWorkflowJob(forge, state, repository, needJob(state, repository, params.job_id))),
  ),
  reading('actions/download-job-logs-for-workflow-run', ({ forge, state, repository, params }) => {
    const job = needJob(state, repository, params.job_id);
    if (job.startedAt === null || job.conclusion === 'skipped') throw notFound();
    return found(logLink(forge, 'job', job.id));
  }),
  reading('actions/download-workflow-run-logs', ({ forge, state, repository, params }) =>
    found(logLink(forge, 'run', needRun(state, repository, params.run_id).id)),
  ),
  acting('actions/re-run-workflow', 'write', ({ forge, actor, repository, params }) =>
    again(
      forge.state.transaction((transaction) => rerun(forge, transaction, needRun(transaction, repository, params.run_id).id, actor, 'all')),
    ),
  ),
  acting('actions/re-run-workflow-failed-jobs', 'write', ({ forge, actor, repository, params }) =>
    again(
      forge.state.transaction((transaction) =>
        rerun(forge, transaction, needRun(transaction, repository, params.run_id).id, actor, 'failed'),
      ),
    ),
  ),
  acting('actions/re-run-job-for-workflow-run', 'write', ({ forge, actor, repository, params }) =>
    again(
      forge.state.transaction((transaction) => {
        const job = needJob(transaction, repository, params.job_id);
        return rerun(forge, transaction, job.runId, actor, job);
      }),
    ),
  ),
  acting('actions/cancel-workflow-run', 'write', ({ forge, repository, params }) => {
    forge.state.transaction((transaction) => {
      const run = needRun(transaction, repository, params.run_id);
      if (run.status === 'completed') throw conflict('Cannot cancel a workflow run that is completed.');
      if (run.cancelledAt === null) cancelRun(forge, transaction, run);
    });
    return accepted({});
  }),
];

const REFUSALS: Readonly<Record<RerunRefusal, string>> = {
  'is still running': 'This workflow run is still running: it can be run again once it has ended.',
  'failed at its start': 'This workflow run cannot be run again: its workflow file is not valid.',
  'has nothing to run again': 'There is no job of the newest attempt that could be run again.',
};

function again(refusal: RerunRefusal | undefined): Reply {
  if (refusal !== undefined) throw forbidden(REFUSALS[refusal]);
  return created({});
}

type RunListCall = RepositoryCall<'actions/list-workflow-runs-for-repo'> | RepositoryCall<'actions/list-workflow-runs'>;

/** The runs that the query asks for, the newest first. */
export function listRuns(call: RunListCall, runs: readonly WorkflowRun[]): Reply {
  const { forge, state, repository, query } = call;
  const actorOf = (run: WorkflowRun): string => state.need('user', run.actorId).login.toLowerCase();
  const shown = runs
    .filter((run) => query.actor === undefined || actorOf(run) === query.actor.toLowerCase())
    .filter((run) => query.branch === undefined || run.headBranch === query.branch)
    .filter((run) => query.event === undefined || run.event === query.event)
    .filter((run) => query.status === undefined || run.status === query.status || run.conclusion === query.status)
    .filter((run) => query.check_suite_id === undefined || run.suiteId === query.check_suite_id)
    .filter((run) => query.head_sha === undefined || run.headSha === query.head_sha)
    .filter((run) => query.created === undefined || isWithin(query.created, run.createdAt))
    .toReversed();
  return page(call, shown, (part) => ({
    total_count: shown.length,
    workflow_runs: part.map((run) => presentWorkflowRun(forge, state, repository, run)),
  }));
}

/** GitHub's syntax of date filters: `2026-11-01`, `>=2026-11-01`, `2026-11-01..2026-11-05`, with times or without. */
function isWithin(filter: string, ms: number): boolean {
  const start = (text: string): number => Date.parse(text);
  const end = (text: string): number => Date.parse(text) + (text.includes('T') ? 1_000 : 24 * 3_600_000) - 1;
  const [, operator = '', first = '', last] = /^(>=|<=|>|<)?([^.]+)(?:\.\.(.+))?$/.exec(filter) ?? [];
  if (last !== undefined) return (first === '*' || ms >= start(first)) && (last === '*' || ms <= end(last));
  if (operator === '>=') return ms >= start(first);
  if (operator === '>') return ms > end(first);
  if (operator === '<=') return ms <= end(first);
  if (operator === '<') return ms < start(first);
  return ms >= start(first) && ms <= end(first);
}

type JobListCall = RepositoryCall<'actions/list-jobs-for-workflow-run'> | RepositoryCall<'actions/list-jobs-for-workflow-run-attempt'>;

const listJobs = (call: JobListCall, jobs: readonly WorkflowJob[]): Reply =>
  page(call, jobs, (shown) => ({
    total_count: jobs.length,
    jobs: shown.map((job) => presentWorkflowJob(call.forge, call.state, call.repository, job)),
  }));

function needRun(state: Reader, repository: Repository, id: number): WorkflowRun {
  const run = state.get('workflowRun', id);
  if (run?.repositoryId !== repository.id) throw notFound();
  return run;
}

function needJob(state: Reader, repository: Repository, id: number): WorkflowJob {
  const job = state.get('workflowJob', id);
  if (job?.repositoryId !== repository.id) throw notFound();
  return job;
}

function needAttempt(run: WorkflowRun, number: number): EarlierAttempt {
  const attempt = number === run.attempt ? run : run.earlierAttempts.find((earlier) => earlier.attempt === number);
  if (attempt === undefined) throw notFound();
  return attempt;
}
