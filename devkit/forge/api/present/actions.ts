// Workflows, their runs and jobs as GitHub shows them, in answers and in webhooks.
import type { components } from '@octokit/openapi-types';
import type { Forge } from '../../forge.ts';
import type { EarlierAttempt, Workflow, WorkflowJob, WorkflowRun } from '../../state/ci-records.ts';
import type { Repository } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { pullRequestsAt } from './checks.ts';
import { nodeId, timestamp, timestampOrNull } from './common.ts';
import { presentMinimalRepository, repositoryLinks } from './repository.ts';
import { presentUser } from './user.ts';

type Schemas = components['schemas'];

export function presentWorkflow(forge: Forge, state: Reader, repository: Repository, workflow: Workflow): Schemas['workflow'] {
  const { api, html } = repositoryLinks(forge, state, repository);
  return {
    id: workflow.id,
    node_id: nodeId('workflow', workflow.id),
    name: workflow.name,
    path: workflow.path,
    state: 'active',
    created_at: timestamp(workflow.createdAt),
    updated_at: timestamp(workflow.updatedAt),
    url: `${api}/actions/workflows/${workflow.id}`,
    html_url: `${html}/blob/${repository.defaultBranch}/${workflow.path}`,
    badge_url: `${html}/workflows/${encodeURIComponent(workflow.name)}/badge.svg`,
  };
}

/** @param attempt an earlier attempt, or the run itself for the newest */
export function presentWorkflowRun(
  forge: Forge,
  state: Reader,
  repository: Repository,
  run: WorkflowRun,
  attempt: EarlierAttempt = run,
): Schemas['workflow-run'] {
  const { api, html } = repositoryLinks(forge, state, repository);
  const url = `${api}/actions/runs/${run.id}`;
  const workflow = state.need('workflow', run.workflowId);
  const shown = presentMinimalRepository(forge, state, repository);
  const head = run.headRepositoryId === repository.id ? undefined : state.get('repository', run.headRepositoryId);
  const { sha, tree, message, author, committer } = run.headCommit;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('workflowRun', run.id),
    check_suite_id: run.suiteId,
    check_suite_node_id: nodeId('checkSuite', run.suiteId),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: workflow.path,
    display_title: run.title,
    run_number: run.runNumber,
    run_attempt: attempt.attempt,
    referenced_workflows: [],
    event: run.event,
    status: attempt.status,
    conclusion: attempt.conclusion,
    workflow_id: run.workflowId,
    url: attempt === run ? url : `${url}/attempts/${attempt.attempt}`,
    html_url: `${html}/actions/runs/${run.id}`,
    pull_requests: pullRequestsAt(forge, state, repository, run.headSha),
    created_at: timestamp(run.createdAt),
    updated_at: timestamp(attempt.updatedAt),
    actor: presentUser(forge, state.need('user', run.actorId)),
    triggering_actor: presentUser(forge, state.need('user', attempt.triggeringActorId)),
    run_started_at: timestamp(attempt.startedAt),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${api}/check-suites/${run.suiteId}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: attempt.attempt > 1 ? `${url}/attempts/${attempt.attempt - 1}` : null,
    workflow_url: `${api}/actions/workflows/${run.workflowId}`,
    head_commit: {
      id: sha,
      tree_id: tree,
      message,
      timestamp: committer.date,
      author: { name: author.name, email: author.email },
      committer: { name: committer.name, email: committer.email },
    },
    repository: shown,
    head_repository: head === undefined ? shown : presentMinimalRepository(forge, state, head),
  };
}

export function presentWorkflowJob(forge: Forge, state: Reader, repository: Repository, job: WorkflowJob): Schemas['job'] {
  const { api, html } = repositoryLinks(forge, state, repository);
  const run = state.need('workflowRun', job.runId);
  const hasRunner = job.startedAt !== null && job.conclusion !== 'skipped';
  return {
    id: job.id,
    run_id: run.id,
    workflow_name: run.name,
    head_branch: run.headBranch,
    run_url: `${api}/actions/runs/${run.id}`,
    run_attempt: job.attempt,
    node_id: nodeId('workflowJob', job.id),
    head_sha: run.headSha,
    url: `${api}/actions/jobs/${job.id}`,
    html_url: `${html}/actions/runs/${run.id}/job/${job.id}`,
    status: job.status,
    conclusion: job.conclusion as Schemas['job']['conclusion'],
    created_at: timestamp(job.createdAt),
    started_at: timestamp(job.startedAt ?? job.createdAt),
    completed_at: timestampOrNull(job.completedAt),
    name: job.name,
    steps: job.steps.map((step) => ({
      name: step.name,
      status: step.status as 'queued' | 'in_progress' | 'completed',
      conclusion: step.conclusion,
      number: step.number,
      started_at: timestampOrNull(step.startedAt),
      completed_at: timestampOrNull(step.completedAt),
    })),
    check_run_url: `${api}/check-runs/${job.checkRunId}`,
    labels: [...job.labels],
    runner_id: hasRunner ? 1 : null,
    runner_name: hasRunner ? 'forge' : null,
    runner_group_id: hasRunner ? 1 : null,
    runner_group_name: hasRunner ? 'forge' : null,
  };
}
