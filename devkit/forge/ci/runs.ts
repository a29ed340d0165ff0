// How a run begins, begins again and is cancelled. Everything here happens in one transaction of its caller.
import { addCheckRun, addCheckSuite, changeCheckSuite } from '../domain/checks.ts';
import { ACTIONS_APP } from '../domain/apps.ts';
import type { Forge } from '../forge.ts';
import type { Commit } from '../git/commit.ts';
import type { WorkflowJob, WorkflowRun } from '../state/ci-records.ts';
import type { Repository, User } from '../state/records.ts';
import type { Transaction } from '../state/state.ts';
import { advance, isTrue, runsInGroup, workflowOf } from './advance.ts';
import { githubContext, type RunFacts } from './contexts.ts';
import { ExpressionProblem, interpolated, type Contexts } from './expressions.ts';
import { addJob, annotation, aroundRun, askToEnd } from './jobs.ts';
import { ancestorsOf, parseWorkflow, type Problem } from './parse-workflow.ts';
import { jobsOf, tellRun } from './records.ts';
import type { Workflow } from './workflow.ts';

/** An event, with all that a run of it needs to know. */
export interface Occasion extends Pick<
  WorkflowRun,
  'event' | 'payload' | 'headBranch' | 'headSha' | 'headCommit' | 'headRepositoryId' | 'baseRef' | 'ref' | 'sha' | 'inputs' | 'actorId'
> {
  readonly beforeSha: string | null;
  readonly title: string;
}

/** Begins a run of the workflow file at `path`. One that cannot be read makes a run that has failed at its start, and says why. */
export function beginRun(
  forge: Forge,
  transaction: Transaction,
  repository: Repository,
  occasion: Occasion,
  path: string,
  source: string | null,
): void {
  const parsed = parseWorkflow(source);
  const workflow = registered(transaction, repository, path, parsed.ok ? (parsed.workflow.name ?? path) : path);
  const { beforeSha, title, ...what } = occasion;
  const actor = transaction.need('user', occasion.actorId);
  const before = transaction.select('workflowRun', 'workflow', workflow.id);
  const now = Date.now();
  const facts: RunFacts = {
    ...what,
    id: null,
    repositoryId: repository.id,
    workflowId: workflow.id,
    runNumber: Math.max(0, ...before.map(({ runNumber }) => runNumber)) + 1,
    name: workflow.name,
    attempt: 1,
    triggeringActorId: actor.id,
  };
  const contexts = { github: githubContext(forge, transaction, facts, null), inputs: occasion.inputs };
  const problems: Problem[] = parsed.ok ? [] : [...parsed.problems];
  const text = (key: string, template: string): string | null => {
    try {
      return interpolated(template, contexts);
    } catch (error) {
      if (!(error instanceof ExpressionProblem)) throw error;
      problems.push({ key, line: 1, message: error.message });
      return null;
    }
  };
  const cancels = parsed.ok && cancelsOthers(parsed.workflow, contexts, problems);
  const group = parsed.ok && parsed.workflow.concurrency !== undefined ? text('concurrency', parsed.workflow.concurrency.group) : null;
  const runName = parsed.ok && parsed.workflow['run-name'] !== undefined ? text('run-name', parsed.workflow['run-name']) : null;
  const suite = addCheckSuite(forge, transaction, repository, actor, {
    headCommit: occasion.headCommit,
    headBranch: occasion.headBranch,
    app: ACTIONS_APP,
    beforeSha,
  });
  const { id: _id, ...kept } = facts;
  const run = transaction.add('workflowRun', {
    ...kept,
    title: runName ?? title,
    headCommit: occasion.headCommit,
    headRepositoryId: occasion.headRepositoryId,
    headSha: occasion.headSha,
    source: source ?? '',
    concurrencyGroup: group,
    suiteId: suite.id,
    createdAt: now,
    updatedAt: now,
    startedAt: now,
    cancelledAt: null,
    status: 'queued',
    conclusion: null,
    carriedJobIds: [],
    earlierAttempts: [],
  });
  tellRun(forge, transaction, run, 'requested');
  if (problems.length > 0) return failAtStart(forge, transaction, run, path, problems);
  enter(forge, transaction, run, cancels);
}

function failAtStart(forge: Forge, transaction: Transaction, run: WorkflowRun, path: string, problems: readonly Problem[]): void {
  const { repository, actor } = aroundRun(transaction, run);
  const suite = transaction.need('checkSuite', run.suiteId);
  const now = Date.now();
  addCheckRun(forge, transaction, repository, actor, suite, {
    name: path,
    externalId: '',
    detailsUrl: null,
    status: 'completed',
    conclusion: 'failure',
    startedAt: now,
    completedAt: now,
    output: {
      title: 'Invalid workflow file',
      summary: problems.map(({ key, line, message }) => `- ${path}, line ${line}, \`${key}\`: ${message}`).join('\n'),
      text: null,
    },
    annotations: problems.map(({ key, line, message }) =>
      annotation('failure', key === '' ? message : `${key}: ${message}`, { path, line, title: 'Invalid workflow file' }),
    ),
  });
  changeCheckSuite(forge, transaction, repository, actor, suite, { status: 'completed', conclusion: 'startup_failure' });
  tellRun(
    forge,
    transaction,
    transaction.change('workflowRun', run.id, { status: 'completed', conclusion: 'startup_failure', updatedAt: now }),
    'completed',
  );
}

/** Lets a run begin its jobs, or wait for the others of its concurrency group; the newest that waits takes the place of older ones. */
function enter(forge: Forge, transaction: Transaction, run: WorkflowRun, cancels: boolean): void {
  const others = run.concurrencyGroup === null ? [] : runsInGroup(transaction, run);
  if (others.length > 0) transaction.change('workflowRun', run.id, { status: 'pending' });
  for (const other of others) if (cancels || other.status === 'pending') cancelRun(forge, transaction, other);
  advance(forge, transaction, run.id);
}

/** Ends a run's queued jobs, and asks those that are running to end; jobs and steps that say always() still run. */
export function cancelRun(forge: Forge, transaction: Transaction, run: WorkflowRun): void {
  const cancelled = transaction.change('workflowRun', run.id, {
    cancelledAt: Date.now(),
    status: run.status === 'pending' ? 'queued' : run.status,
  });
  tellRun(forge, transaction, cancelled, 'cancelled');
  for (const job of jobsOf(transaction, cancelled)) askToEnd(forge, transaction, job);
  advance(forge, transaction, run.id);
}

export type RerunRefusal = 'is still running' | 'failed at its start' | 'has nothing to run again';

/**
 * Begins a new attempt of a run that has ended.
 * @param which all jobs, those that failed with all that need them, or one job with all that need it
 * @returns why not, or undefined
 */
export function rerun(
  forge: Forge,
  transaction: Transaction,
  runId: number,
  actor: User,
  which: 'all' | 'failed' | WorkflowJob,
): RerunRefusal | undefined {
  const run = transaction.need('workflowRun', runId);
  if (run.status !== 'completed') return 'is still running';
  if (run.conclusion === 'startup_failure') return 'failed at its start';
  const { jobs } = workflowOf(run);
  const before = jobsOf(transaction, run);
  const again = before.filter((job) =>
    which === 'all' ? true : which === 'failed' ? job.conclusion !== 'success' && job.conclusion !== 'skipped' : job.id === which.id,
  );
  if (again.length === 0) return 'has nothing to run again';
  const follows = (key: string): boolean => again.some((job) => ancestorsOf(jobs, key).has(job.key));
  const carried = which === 'all' ? [] : before.filter((job) => !again.includes(job) && !follows(job.key));
  const now = Date.now();
  const { attempt, triggeringActorId, startedAt, updatedAt, cancelledAt, status, conclusion, carriedJobIds } = run;
  const next = transaction.change('workflowRun', run.id, {
    earlierAttempts: [
      ...run.earlierAttempts,
      { attempt, triggeringActorId, startedAt, updatedAt, cancelledAt, status, conclusion, carriedJobIds },
    ],
    attempt: attempt + 1,
    triggeringActorId: actor.id,
    startedAt: now,
    updatedAt: now,
    cancelledAt: null,
    status: 'queued',
    conclusion: null,
    carriedJobIds: carried.map(({ id }) => id),
  });
  const { repository } = aroundRun(transaction, next);
  changeCheckSuite(forge, transaction, repository, actor, transaction.need('checkSuite', run.suiteId), {
    status: 'queued',
    conclusion: null,
  });
  tellRun(forge, transaction, next, 'rerequested');
  // Of a matrix of which a part is carried, the rest is the same combinations once more; all other jobs come into being as at first.
  for (const { key, name, labels, combination, mayFail } of again)
    if (carried.some((job) => job.key === key)) addJob(forge, transaction, next, { key, name, labels, combination, mayFail });
  const contexts = { github: githubContext(forge, transaction, next, null), inputs: next.inputs };
  enter(forge, transaction, next, cancelsOthers(workflowOf(run), contexts, []));
  return undefined;
}

/** Whether a run ends the others of its concurrency group; no, where the flag cannot be evaluated, which is added to `problems`. */
function cancelsOthers({ concurrency }: Workflow, contexts: Contexts, problems: Problem[]): boolean {
  try {
    return concurrency !== undefined && isTrue(concurrency['cancel-in-progress'], contexts);
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    problems.push({ key: 'concurrency.cancel-in-progress', line: 1, message: error.message });
    return false;
  }
}

/** The record of a workflow file, by its path. */
export function registered(transaction: Transaction, repository: Repository, path: string, name: string): { id: number; name: string } {
  const known = transaction.select('workflow', 'repository', repository.id).find((workflow) => workflow.path === path);
  const now = Date.now();
  if (known === undefined) return transaction.add('workflow', { repositoryId: repository.id, name, path, createdAt: now, updatedAt: now });
  return known.name === name ? known : transaction.change('workflow', known.id, { name, updatedAt: now });
}

export const titleOf = (commit: Commit): string => commit.message.split('\n', 1)[0] ?? '';
