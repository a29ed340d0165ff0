// What the steps of one job share while it runs: its contexts, the environment that grows with each step, how the steps before have gone.
import { fullName } from '../api/present/repository.ts';
import type { Sandbox } from '../../../src/sandbox/confinement.ts';
import type { Forge } from '../forge.ts';
import type { WorkflowJob, WorkflowRun } from '../state/ci-records.ts';
import type { Repository } from '../state/records.ts';
import { workflowOf } from './advance.ts';
import { githubContext, needsContext, strategyContext } from './contexts.ts';
import { ExpressionProblem, interpolated, type Contexts, type Standing } from './expressions.ts';
import type { JobLog } from './job-log.ts';
import { STEP_FILES, type JobRoom } from './job-room.ts';
import { jobsOf } from './records.ts';
import type { Job, Scalars, Workflow } from './workflow.ts';

export interface StepOutcome {
  readonly outcome: 'success' | 'failure' | 'cancelled' | 'skipped';
  readonly conclusion: 'success' | 'failure' | 'cancelled' | 'skipped';
  readonly outputs: Readonly<Record<string, string>>;
}

export interface JobScene {
  readonly forge: Forge;
  readonly sandbox: Sandbox;
  readonly repository: Repository;
  readonly run: WorkflowRun;
  readonly workflow: Workflow;
  readonly job: Job;
  readonly room: JobRoom;
  readonly log: JobLog;
  /** Variables of the workflow and the job, then what steps left in GITHUB_ENV. */
  readonly env: Record<string, string>;
  /** What steps left in GITHUB_PATH, the newest first. */
  readonly path: string[];
  readonly steps: Record<string, StepOutcome>;
  /** What the job has come to so far. */
  status: 'success' | 'failure' | 'cancelled';
  readonly contexts: (env?: Readonly<Record<string, string>>) => Contexts;
}

export function openScene(
  forge: Forge,
  sandbox: Sandbox,
  record: WorkflowJob,
  around: { readonly room: JobRoom; readonly log: JobLog },
): JobScene {
  const run = forge.state.need('workflowRun', record.runId);
  const repository = forge.state.need('repository', run.repositoryId);
  const workflow = workflowOf(run);
  const job = workflow.jobs[record.key];
  if (job === undefined) throw new Error(`the workflow of run ${run.id} has no job ${record.key}`);
  const { room } = around;
  const fixed = {
    github: { ...githubContext(forge, forge.state, run, record.key), workspace: room.workspace },
    needs: needsContext(workflow, record.key, jobsOf(forge.state, run)),
    inputs: run.inputs,
    runner: { name: 'forge', os: 'Linux', arch: process.arch === 'arm64' ? 'ARM64' : 'X64', temp: room.temp, environment: 'self-hosted' },
    ...strategyContext(record),
  };
  const scene: JobScene = {
    forge,
    sandbox,
    repository,
    run,
    workflow,
    job,
    ...around,
    env: {},
    path: [],
    steps: {},
    status: 'success',
    contexts: (env = scene.env) => ({ ...fixed, env, steps: scene.steps, job: { status: scene.status } }),
  };
  for (const env of [workflow.env, job.env]) Object.assign(scene.env, interpolatedAll(env, scene.contexts()));
  return scene;
}

export const standingOf = ({ status }: JobScene): Standing => ({
  success: status === 'success',
  failure: status === 'failure',
  cancelled: status === 'cancelled',
});

/** Variables with their expressions evaluated. */
export const interpolatedAll = (env: Scalars | undefined, contexts: Contexts, standing?: Standing): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env ?? {}).map(([name, value]) => [name, value === null ? '' : interpolated(String(value), contexts, standing)]),
  );

/** Minutes of the file: a number, or an expression that gives one. */
export function minutesOf(minutes: number | string, contexts: Contexts): number {
  const value = typeof minutes === 'string' ? Number(interpolated(minutes, contexts)) : minutes;
  if (!(value > 0)) throw new ExpressionProblem(`timeout-minutes: "${String(minutes)}" does not give a number of minutes`);
  return value;
}

/** What GitHub's runner sets for every command. */
export function runnerEnvironment(scene: JobScene): Record<string, string> {
  const { room, forge, repository } = scene;
  const github = scene.contexts()['github'] as Record<string, unknown>;
  const text = (name: string): string => String(github[name]);
  const named = [
    ...[
      'actor',
      'actor_id',
      'base_ref',
      'event_name',
      'head_ref',
      'job',
      'ref',
      'ref_name',
      'ref_type',
      'repository_id',
      'repository_owner',
    ],
    ...['run_attempt', 'run_id', 'run_number', 'sha', 'triggering_actor', 'workflow', 'workflow_ref', 'workflow_sha'],
  ];
  return {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    ...Object.fromEntries(named.map((name) => [`GITHUB_${name.toUpperCase()}`, text(name)])),
    GITHUB_REPOSITORY: fullName(forge.state, repository),
    GITHUB_SERVER_URL: forge.url,
    GITHUB_API_URL: forge.url,
    GITHUB_GRAPHQL_URL: `${forge.url}/graphql`,
    GITHUB_WORKSPACE: room.workspace,
    GITHUB_EVENT_PATH: `${room.files}/event.json`,
    RUNNER_OS: 'Linux',
    RUNNER_ARCH: process.arch === 'arm64' ? 'ARM64' : 'X64',
    RUNNER_NAME: 'forge',
    RUNNER_TEMP: room.temp,
    RUNNER_ENVIRONMENT: 'self-hosted',
    ...Object.fromEntries(Object.entries(STEP_FILES).map(([variable, file]) => [variable, `${room.files}/${file}`])),
    PATH: [...scene.path, room.nodePath].join(':'),
  };
}
