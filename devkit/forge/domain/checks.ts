// How check suites and runs come to be and change, whoever writes them: the API or the forge's own CI. Each change records its effect and
// tells webhooks. A suite of a token's app follows its runs; the suites of CI are set by CI, which knows of jobs that are yet to come.
import { latestRuns, presentCheckRun, presentSuiteForWebhook, presentSuiteInBrief } from '../api/present/checks.ts';
import { fullName } from '../api/present/repository.ts';
import type { Forge } from '../forge.ts';
import type { Commit } from '../git/commit.ts';
import type { CheckRun, CheckSuite, Conclusion, RunStatus } from '../state/ci-records.ts';
import type { Repository, User } from '../state/records.ts';
import type { Transaction } from '../state/state.ts';
import { publish } from '../webhooks/publish.ts';
import { ACTIONS_APP, type App } from './apps.ts';

export interface NewSuite {
  readonly headCommit: Commit;
  readonly headBranch: string | null;
  readonly app: App;
  readonly beforeSha?: string | null;
}

export type NewRun = Pick<CheckRun, 'name' | 'externalId' | 'detailsUrl' | 'status' | 'conclusion' | 'startedAt' | 'completedAt'> &
  Partial<Pick<CheckRun, 'output' | 'annotations'>>;

export function addCheckSuite(forge: Forge, transaction: Transaction, repository: Repository, actor: User, wish: NewSuite): CheckSuite {
  const now = Date.now();
  const suite = transaction.add('checkSuite', {
    repositoryId: repository.id,
    headSha: wish.headCommit.sha,
    headBranch: wish.headBranch,
    app: wish.app.slug,
    beforeSha: wish.beforeSha ?? null,
    headCommit: wish.headCommit,
    status: 'queued',
    conclusion: null,
    createdAt: now,
    updatedAt: now,
  });
  recordSuite(forge, transaction, repository, actor, suite, 'requested');
  return suite;
}

/** Sets what the suite has come to. Its completion is told to webhooks. */
export function changeCheckSuite(
  forge: Forge,
  transaction: Transaction,
  repository: Repository,
  actor: User,
  before: CheckSuite,
  to: { readonly status: RunStatus; readonly conclusion: Conclusion | null },
): CheckSuite {
  if (before.status === to.status && before.conclusion === to.conclusion) return before;
  const suite = transaction.change('checkSuite', before.id, { ...to, updatedAt: Date.now() });
  if (to.status === 'completed') recordSuite(forge, transaction, repository, actor, suite, 'completed');
  return suite;
}

/** Clears what the suite had come to and asks its app to check once more; the runs stay as they are until the app changes them. */
export function rerequestSuite(forge: Forge, transaction: Transaction, repository: Repository, actor: User, before: CheckSuite): void {
  const suite = transaction.change('checkSuite', before.id, { status: 'queued', conclusion: null, updatedAt: Date.now() });
  recordSuite(forge, transaction, repository, actor, suite, 'rerequested');
}

export function addCheckRun(
  forge: Forge,
  transaction: Transaction,
  repository: Repository,
  actor: User,
  suite: CheckSuite,
  wish: NewRun,
): CheckRun {
  const run = transaction.add('checkRun', {
    repositoryId: repository.id,
    suiteId: suite.id,
    headSha: suite.headSha,
    app: suite.app,
    output: { title: null, summary: null, text: null },
    annotations: [],
    ...wish,
  });
  recordRun(forge, transaction, repository, actor, run, 'created');
  if (run.status === 'completed') recordRun(forge, transaction, repository, actor, run, 'completed');
  followRuns(forge, transaction, repository, actor, suite);
  return run;
}

export function changeCheckRun(
  forge: Forge,
  transaction: Transaction,
  repository: Repository,
  actor: User,
  before: CheckRun,
  fields: Partial<Omit<NewRun, 'name'>> & { readonly name?: string },
): CheckRun {
  const run = transaction.change('checkRun', before.id, fields);
  if (run.status === 'completed' && before.status !== 'completed') recordRun(forge, transaction, repository, actor, run, 'completed');
  else transaction.effect({ ...effectOf(transaction, repository, actor, run), kind: 'check_run.updated' });
  followRuns(forge, transaction, repository, actor, transaction.need('checkSuite', run.suiteId));
  return run;
}

/** Asks the run's app to check once more: its suite is open again, the run itself stays until the app changes it. */
export function rerequestRun(forge: Forge, transaction: Transaction, repository: Repository, actor: User, run: CheckRun): void {
  transaction.change('checkSuite', run.suiteId, { status: 'queued', conclusion: null, updatedAt: Date.now() });
  recordRun(forge, transaction, repository, actor, run, 'rerequested');
}

function followRuns(forge: Forge, transaction: Transaction, repository: Repository, actor: User, suite: CheckSuite): void {
  if (suite.app === ACTIONS_APP.slug) return;
  changeCheckSuite(forge, transaction, repository, actor, suite, summaryOf(latestRuns(transaction.select('checkRun', 'suite', suite.id))));
}

/** The worst comes first; what a suite says when none of these ended its runs is success. */
const WORST_FIRST: readonly Conclusion[] = ['failure', 'timed_out', 'action_required', 'cancelled', 'startup_failure', 'stale'];

/** What a suite's runs amount to, as GitHub sums them up. */
export function summaryOf(runs: readonly CheckRun[]): { status: RunStatus; conclusion: Conclusion | null } {
  if (runs.every(({ status }) => status === 'queued')) return { status: 'queued', conclusion: null };
  if (runs.some(({ status }) => status !== 'completed')) return { status: 'in_progress', conclusion: null };
  const conclusions = new Set(runs.map(({ conclusion }) => conclusion));
  const quiet = conclusions.has('success') ? 'success' : conclusions.has('neutral') ? 'neutral' : 'skipped';
  return { status: 'completed', conclusion: WORST_FIRST.find((conclusion) => conclusions.has(conclusion)) ?? quiet };
}

function recordRun(
  forge: Forge,
  transaction: Transaction,
  repository: Repository,
  actor: User,
  run: CheckRun,
  action: 'created' | 'completed' | 'rerequested',
): void {
  transaction.effect({ ...effectOf(transaction, repository, actor, run), kind: `check_run.${action}` });
  publish(forge, transaction, repository, actor, {
    name: 'check_run',
    action,
    payload: () => {
      const suite = presentSuiteInBrief(forge, transaction, repository, transaction.need('checkSuite', run.suiteId));
      return { check_run: { ...presentCheckRun(forge, transaction, repository, run), check_suite: suite } };
    },
  });
}

function recordSuite(
  forge: Forge,
  transaction: Transaction,
  repository: Repository,
  actor: User,
  suite: CheckSuite,
  action: 'requested' | 'completed' | 'rerequested',
): void {
  transaction.effect({
    kind: `check_suite.${action}`,
    actor: actor.login,
    repository: fullName(transaction, repository),
    subject: suite.headSha,
    details: { app: suite.app, conclusion: suite.conclusion },
  });
  publish(forge, transaction, repository, actor, {
    name: 'check_suite',
    action,
    payload: () => ({ check_suite: presentSuiteForWebhook(forge, transaction, repository, suite) }),
  });
}

const effectOf = (
  transaction: Transaction,
  repository: Repository,
  actor: User,
  run: CheckRun,
): { actor: string; repository: string; subject: string; details: Record<string, unknown> } => ({
  actor: actor.login,
  repository: fullName(transaction, repository),
  subject: run.name,
  details: { sha: run.headSha, app: run.app, id: run.id, status: run.status, conclusion: run.conclusion },
});
