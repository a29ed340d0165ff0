// What expressions can know of a run and its jobs: the contexts `github`, `needs`, `inputs`, `strategy`, `matrix`.
import { presentRepository, fullName } from '../api/present/repository.ts';
import { presentUser } from '../api/present/user.ts';
import type { Forge } from '../forge.ts';
import type { WorkflowJob, WorkflowRun } from '../state/ci-records.ts';
import type { Reader } from '../state/state.ts';
import type { Contexts, Standing } from './expressions.ts';
import { ancestorsOf } from './parse-workflow.ts';
import type { Workflow } from './workflow.ts';

export type RunFacts = Pick<
  WorkflowRun,
  | 'repositoryId'
  | 'workflowId'
  | 'runNumber'
  | 'name'
  | 'event'
  | 'payload'
  | 'headBranch'
  | 'baseRef'
  | 'ref'
  | 'sha'
  | 'inputs'
  | 'actorId'
  | 'attempt'
  | 'triggeringActorId'
> & { readonly id: number | null };

/** @param jobKey the job that asks, if one does */
export function githubContext(forge: Forge, state: Reader, run: RunFacts, jobKey: string | null): Record<string, unknown> {
  const repository = state.need('repository', run.repositoryId);
  const name = fullName(state, repository);
  const actor = state.need('user', run.actorId);
  const path = state.need('workflow', run.workflowId).path;
  return {
    event_name: run.event,
    event: { ...run.payload, repository: presentRepository(forge, state, repository), sender: presentUser(forge, actor) },
    ref: run.ref,
    ref_name: run.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    ref_type: run.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    sha: run.sha,
    head_ref: run.event === 'pull_request' ? run.headBranch : '',
    base_ref: run.baseRef ?? '',
    repository: name,
    repository_owner: state.need('user', repository.ownerId).login,
    repository_id: String(repository.id),
    actor: actor.login,
    actor_id: String(actor.id),
    triggering_actor: state.need('user', run.triggeringActorId).login,
    workflow: run.name,
    workflow_ref: `${name}/${path}@${run.ref}`,
    workflow_sha: run.sha,
    run_id: run.id === null ? '' : String(run.id),
    run_number: String(run.runNumber),
    run_attempt: String(run.attempt),
    job: jobKey ?? '',
    server_url: forge.url,
    api_url: forge.url,
    graphql_url: `${forge.url}/graphql`,
    token: '',
  };
}

/** `needs`: the jobs that a job names, by key, with what they came to. */
export function needsContext(workflow: Workflow, key: string, jobs: readonly WorkflowJob[]): Record<string, unknown> {
  return Object.fromEntries(
    (workflow.jobs[key]?.needs ?? []).map((need) => {
      const ofNeed = jobs.filter((job) => job.key === need);
      // Of a matrix the last one to end says what an output is, as on GitHub.
      const byEnd = ofNeed.toSorted((a, b) => (a.completedAt ?? 0) - (b.completedAt ?? 0));
      const outputs: Record<string, string> = {};
      for (const job of byEnd) for (const [name, value] of Object.entries(job.outputs)) if (value !== '') outputs[name] = value;
      return [need, { result: resultOf(ofNeed), outputs }];
    }),
  );
}

export type Result = 'success' | 'failure' | 'cancelled' | 'skipped';

/** What jobs amount to for those that need them, and for their run. A job that may fail has succeeded for them. */
export function resultOf(jobs: readonly WorkflowJob[]): Result {
  const conclusions = new Set(jobs.map((job) => (job.mayFail && job.conclusion === 'failure' ? 'success' : job.conclusion)));
  if (conclusions.has('failure')) return 'failure';
  if (conclusions.has('cancelled')) return 'cancelled';
  return conclusions.has('success') ? 'success' : 'skipped';
}

/** What success() and its siblings say in the `if` of a job: they look at every job on its way, not only at those that it names. */
export function jobStanding(workflow: Workflow, key: string, jobs: readonly WorkflowJob[], isCancelled: boolean): Standing {
  const results = [...ancestorsOf(workflow.jobs, key)].map((ancestor) => resultOf(jobs.filter((job) => job.key === ancestor)));
  return {
    success: !isCancelled && results.every((result) => result === 'success'),
    failure: !isCancelled && results.includes('failure'),
    cancelled: isCancelled,
  };
}

export function strategyContext(job: WorkflowJob): Contexts {
  const { combination } = job;
  return {
    strategy: {
      'fail-fast': combination?.failFast ?? true,
      'job-index': combination?.index ?? 0,
      'job-total': combination?.total ?? 1,
      'max-parallel': combination?.mostAtOnce ?? combination?.total ?? 1,
    },
    matrix: combination?.values ?? {},
  };
}
