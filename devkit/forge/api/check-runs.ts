// Check runs over the API. On GitHub only apps write them; here whoever may push does, as the app of tokens.
import { rerun } from '../ci/runs.ts';
import { ACTIONS_APP, appOf, TOKEN_APP } from '../domain/apps.ts';
import { addCheckRun, addCheckSuite, changeCheckRun, rerequestRun, type NewRun } from '../domain/checks.ts';
import type { Forge } from '../forge.ts';
import { readCommit, type Commit } from '../git/commit.ts';
import { acting, listing, reading, type Operation, type RepositoryCall } from '../http/operation.ts';
import { listOf, page } from '../http/pagination.ts';
import { created, notFound, ok, unprocessable, type Reply } from '../http/reply.ts';
import type { Annotation, CheckRun, CheckSuite, Conclusion, RunStatus } from '../state/ci-records.ts';
import type { Repository, User } from '../state/records.ts';
import type { Reader, Transaction } from '../state/state.ts';
import { latestRuns, presentCheckRun } from './present/checks.ts';
import { repositoryLinks } from './present/repository.ts';

export const checkRunOperations: Operation[] = [
  acting('checks/create', 'write', async ({ forge, actor, repository, body }) => {
    const headCommit = await commitToCheck(forge, repository, body.head_sha);
    const progress = progressOf(body, { status: 'queued', conclusion: null, startedAt: Date.now(), completedAt: null });
    const run = forge.state.transaction((transaction) => {
      const suite = suiteOf(forge, transaction, repository, actor, headCommit);
      const wish: NewRun = {
        name: body.name,
        externalId: body.external_id ?? '',
        detailsUrl: body.details_url ?? null,
        ...progress,
        ...outputOf(body.output, []),
      };
      return addCheckRun(forge, transaction, repository, actor, suite, wish);
    });
    return created(
      presentCheckRun(forge, forge.state, repository, run),
      `${repositoryLinks(forge, forge.state, repository).api}/check-runs/${run.id}`,
    );
  }),
  reading('checks/get', ({ forge, state, repository, params }) =>
    ok(presentCheckRun(forge, state, repository, needRun(state, repository, params.check_run_id))),
  ),
  acting('checks/update', 'write', ({ forge, actor, repository, params, body }) => {
    const run = forge.state.transaction((transaction) => {
      const before = needRun(transaction, repository, params.check_run_id);
      if (before.app !== TOKEN_APP.slug) throw unprocessable(`Only ${appOf(before.app).name} changes this check run.`);
      return changeCheckRun(forge, transaction, repository, actor, before, {
        name: body.name ?? before.name,
        externalId: body.external_id ?? before.externalId,
        detailsUrl: body.details_url ?? before.detailsUrl,
        ...progressOf(body, before),
        ...outputOf(body.output, before.annotations, before.output),
      });
    });
    return ok(presentCheckRun(forge, forge.state, repository, run));
  }),
  acting('checks/rerequest-run', 'write', ({ forge, actor, repository, params }) => {
    forge.state.transaction((transaction) => {
      const run = needRun(transaction, repository, params.check_run_id);
      if (run.app === ACTIONS_APP.slug) {
        const job = transaction.get('workflowJob', Number(run.externalId));
        const refusal = job === undefined ? 'failed at its start' : rerun(forge, transaction, job.runId, actor, job);
        if (refusal !== undefined) throw unprocessable(`This check run is not rerequestable: its workflow run ${refusal}.`);
        return;
      }
      if (run.status !== 'completed') throw unprocessable('This check run is not rerequestable');
      rerequestRun(forge, transaction, repository, actor, run);
    });
    return created({});
  }),
  reading('checks/list-annotations', (call) => {
    const { forge, state, repository, params } = call;
    const run = needRun(state, repository, params.check_run_id);
    const { html } = repositoryLinks(forge, state, repository);
    return listOf(call, run.annotations, (annotation) => ({ ...annotation, blob_href: `${html}/blob/${run.headSha}/${annotation.path}` }));
  }),
  listing('checks/list-for-ref', async (call) => {
    const { forge, state, repository, params, query } = call;
    const sha = await forge.git(repository).commit(params.ref);
    if (sha === undefined) throw unprocessable(`No commit found for SHA: ${params.ref}`);
    const runs = state.select('checkRun', 'commit', `${repository.id}/${sha}`);
    return runsReply(call, query.app_id === undefined ? runs : runs.filter((run) => appOf(run.app).id === query.app_id));
  }),
  listing('checks/list-for-suite', (call) => {
    const suite = call.state.get('checkSuite', call.params.check_suite_id);
    if (suite?.repositoryId !== call.repository.id) throw notFound();
    return runsReply(call, call.state.select('checkRun', 'suite', suite.id));
  }),
];

/** The commit of this very id; checks hang on commits, not on refs. */
export async function commitToCheck(forge: Forge, repository: Repository, sha: string): Promise<Commit> {
  const commit = await readCommit(forge.git(repository), sha);
  if (commit === undefined) throw unprocessable(`No commit found for SHA: ${sha}`);
  return commit;
}

/** An app has one suite a commit: the one that is there, or a new one. */
export function suiteOf(forge: Forge, transaction: Transaction, repository: Repository, actor: User, headCommit: Commit): CheckSuite {
  const suites = transaction.select('checkSuite', 'commit', `${repository.id}/${headCommit.sha}`);
  const known = suites.find(({ app }) => app === TOKEN_APP.slug);
  if (known !== undefined) return known;
  const branch = transaction
    .select('ref', 'repository', repository.id)
    .find(({ name, sha }) => sha === headCommit.sha && name.startsWith('refs/heads/'));
  const headBranch = branch?.name.slice('refs/heads/'.length) ?? null;
  return addCheckSuite(forge, transaction, repository, actor, { headCommit, headBranch, app: TOKEN_APP });
}

function needRun(state: Reader, repository: Repository, id: number): CheckRun {
  const run = state.get('checkRun', id);
  if (run?.repositoryId !== repository.id) throw notFound();
  return run;
}

type Progress = Pick<CheckRun, 'status' | 'conclusion' | 'startedAt' | 'completedAt'>;
interface ProgressWish {
  readonly status?: RunStatus;
  readonly conclusion?: Conclusion;
  readonly started_at?: string;
  readonly completed_at?: string;
}

/** A conclusion completes a run; a run that is completed needs one, and loses it when it is open again. */
function progressOf(wish: ProgressWish, before: Progress): Progress {
  const startedAt = wish.started_at === undefined ? before.startedAt : Date.parse(wish.started_at);
  if (wish.conclusion === 'stale') throw unprocessable('Invalid request.\n\nOnly GitHub sets the conclusion stale.');
  const isCompleted = wish.conclusion !== undefined || wish.completed_at !== undefined || wish.status === 'completed';
  if (!isCompleted) {
    if (wish.status === undefined) return { ...before, startedAt };
    return { status: wish.status, conclusion: null, startedAt, completedAt: null };
  }
  const conclusion = wish.conclusion ?? before.conclusion;
  if (conclusion === null) throw unprocessable('Invalid request.\n\n"conclusion" wasn\'t supplied.');
  const completedAt = wish.completed_at === undefined ? (before.completedAt ?? Date.now()) : Date.parse(wish.completed_at);
  return { status: 'completed', conclusion, startedAt, completedAt };
}

interface OutputWish {
  readonly title?: string;
  readonly summary: string;
  readonly text?: string;
  readonly annotations?: readonly (Pick<Annotation, 'path' | 'start_line' | 'end_line' | 'annotation_level' | 'message'> & {
    readonly start_column?: number;
    readonly end_column?: number;
    readonly title?: string;
    readonly raw_details?: string;
  })[];
}

/** New annotations are added to those that the run has. */
function outputOf(
  wish: OutputWish | undefined,
  known: readonly Annotation[],
  before?: CheckRun['output'],
): { output?: CheckRun['output']; annotations?: readonly Annotation[] } {
  if (wish === undefined) return {};
  const added = (wish.annotations ?? []).map((annotation) => ({
    ...annotation,
    start_column: annotation.start_column ?? null,
    end_column: annotation.end_column ?? null,
    title: annotation.title ?? null,
    raw_details: annotation.raw_details ?? null,
  }));
  return {
    output: { title: wish.title ?? before?.title ?? null, summary: wish.summary, text: wish.text ?? before?.text ?? null },
    annotations: [...known, ...added],
  };
}

interface RunsCall {
  readonly forge: Forge;
  readonly state: Reader;
  readonly repository: Repository;
  readonly query: RepositoryCall<'checks/list-for-ref'>['query'] | RepositoryCall<'checks/list-for-suite'>['query'];
  readonly url: URL;
}

function runsReply(call: RunsCall, all: readonly CheckRun[]): Reply {
  const { forge, state, repository, query } = call;
  const runs = (query.filter === 'all' ? [...all] : latestRuns(all)).filter(
    (run) =>
      (query.check_name === undefined || run.name === query.check_name) && (query.status === undefined || run.status === query.status),
  );
  return page(call, runs.reverse(), (shown) => ({
    total_count: runs.length,
    check_runs: shown.map((run) => presentCheckRun(forge, state, repository, run)),
  }));
}
