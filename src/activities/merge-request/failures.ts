// Why checks of a commit have failed: the job's failed step, the part of its log that matters, what speaks for a second run.
import type { ForgeFacts } from '../../contracts/gates.ts';
import type { CheckFailure } from '../../contracts/merge-request-snapshot.ts';
import { repositoryId, type MergeRequestRef } from '../../contracts/work.ts';
import { excerptOf, isOutside, looksFlaky } from '../../policies/log-excerpt.ts';
import { statusOf, type Forge } from '../forge/client.ts';
import { treeOf } from '../merge-lane/forge-facts.ts';
import type { Reader } from './reader.ts';

type Octokit = ReturnType<Forge>;
type CheckRun = Awaited<ReturnType<Octokit['rest']['checks']['listForRef']>>['data']['check_runs'][number];
type Status = Awaited<ReturnType<Octokit['rest']['repos']['getCombinedStatusForRef']>>['data']['statuses'][number];

const PASSED: readonly (string | null)[] = ['success', 'neutral', 'skipped'];
/** Ends that say nothing about the code. */
const NOT_THE_CODE: readonly (string | null)[] = ['cancelled', 'stale', 'startup_failure', 'action_required'];

/**
 * Asks only where there is something to ask: most of the time nothing has failed.
 * @param heads those that the request has had, oldest first
 */
export async function readFailures(
  reader: Reader,
  ref: MergeRequestRef,
  facts: Pick<ForgeFacts, 'head' | 'tree' | 'base' | 'checks'>,
  heads: readonly string[],
): Promise<CheckFailure[]> {
  if (!facts.checks.some(({ state }) => state === 'failed')) return [];
  const [runs, statuses, onBase, onTwins] = await Promise.all([
    endedRuns(reader.forge, ref, facts.head),
    failedStatuses(reader.forge, ref, facts.head),
    endedRuns(reader.forge, ref, facts.base.commit),
    runsOfTwins(reader, ref, facts, heads),
  ]);
  const failedOnBase = onBase.filter(hasFailed).map(({ name }) => name);
  const passed = runs.filter((run) => !hasFailed(run)).map(({ name }) => name);
  const elsewhere = (name: string): string | null =>
    failedOnBase.includes(name)
      ? 'it failed on the base as well'
      : passed.includes(name)
        ? 'a job of the same name has passed on the same commit'
        : passedOn(onTwins, name);
  const failures = await Promise.all(runs.filter(hasFailed).map((run) => failureOf(reader, ref, run, elsewhere(run.name))));
  return [...failures, ...statuses.map(failureOfStatus)].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** How many of the newest heads are looked at. */
const TWINS = 5;

interface Twin {
  readonly commit: string;
  readonly runs: readonly CheckRun[];
}

/** Other heads with the very tree of this one: what has passed there says that the code is not what has failed here. */
async function runsOfTwins(
  { forge, memory }: Reader,
  ref: MergeRequestRef,
  { head, tree }: Pick<ForgeFacts, 'head' | 'tree'>,
  heads: readonly string[],
): Promise<Twin[]> {
  const others = [...new Set(heads)].filter((commit) => commit !== head).slice(-TWINS);
  const trees = others.map((commit) => memory.remembered(`tree ${repositoryId(ref)} ${commit}`, () => treeOf(forge(), ref, commit)));
  const twins = (await Promise.all(trees)).flatMap((one, at) => (one === tree ? [others[at] ?? ''] : []));
  return Promise.all(twins.map(async (commit) => ({ commit, runs: await endedRuns(forge, ref, commit) })));
}

function passedOn(twins: readonly Twin[], name: string): string | null {
  const twin = twins.find(({ runs }) => runs.some((run) => run.name === name && !hasFailed(run)));
  return twin === undefined ? null : `it has passed on ${twin.commit.slice(0, 12)}, which is the same tree`;
}

async function endedRuns(forge: Forge, { owner, repo }: MergeRequestRef, commit: string): Promise<CheckRun[]> {
  const octokit = forge();
  const runs = await octokit.paginate(octokit.rest.checks.listForRef, { owner, repo, ref: commit, filter: 'latest', per_page: 100 });
  return runs.filter(({ status }) => status === 'completed');
}

const hasFailed = ({ conclusion }: CheckRun): boolean => !PASSED.includes(conclusion);

async function failedStatuses(forge: Forge, { owner, repo }: MergeRequestRef, commit: string): Promise<Status[]> {
  const { data } = await forge().rest.repos.getCombinedStatusForRef({ owner, repo, ref: commit, per_page: 100 });
  return data.statuses.filter(({ state }) => state === 'failure' || state === 'error');
}

const failureOfStatus = ({ context, id, state, target_url, description }: Status): CheckFailure => ({
  name: context,
  run: `status-${id}`,
  kind: state === 'error' ? 'infrastructure' : 'code',
  url: target_url,
  summary: description ?? state,
  step: null,
  job: null,
  log: null,
  flaky: null,
});

async function failureOf(reader: Reader, ref: MergeRequestRef, run: CheckRun, elsewhere: string | null): Promise<CheckFailure> {
  const job = jobOf(run);
  const ended = job === null ? NOTHING_LOGGED : await reader.memory.remembered(`log ${ref.host}/${job}`, () => readJob(reader, ref, job));
  const said = [run.output.title, run.output.summary].filter((part) => part !== null && part !== '').join(': ');
  return {
    name: run.name,
    run: String(run.id),
    kind: NOT_THE_CODE.includes(run.conclusion) || ended.outside !== null ? 'infrastructure' : 'code',
    url: run.details_url ?? run.html_url,
    summary: ended.outside ?? (said === '' ? (run.conclusion ?? 'failed') : said.slice(0, 500)),
    step: ended.step,
    job,
    log: ended.log,
    flaky: elsewhere ?? ended.flaky,
  };
}

/** Only checks of GitHub's own CI are jobs; their address ends with the job's id. */
const jobOf = ({ app, details_url }: CheckRun): number | null => {
  const id = app?.slug === 'github-actions' ? /\/job\/(\d+)$/.exec(details_url ?? '')?.[1] : undefined;
  return id === undefined ? null : Number(id);
};

interface EndedJob {
  readonly step: string | null;
  readonly log: string | null;
  readonly flaky: string | null;
  /** What was wrong around it. */
  readonly outside: string | null;
}

const NOTHING_LOGGED: EndedJob = { step: null, log: null, flaky: null, outside: null };

/** A job that has ended does not change any more. */
async function readJob({ forge, keep, knownFlaky }: Reader, { owner, repo }: MergeRequestRef, job: number): Promise<EndedJob> {
  const { rest } = forge();
  try {
    const [{ data }, { data: text }] = await Promise.all([
      rest.actions.getJobForWorkflowRun({ owner, repo, job_id: job }),
      rest.actions.downloadJobLogsForWorkflowRun({ owner, repo, job_id: job }),
    ]);
    const step = data.steps?.find(({ conclusion }) => conclusion === 'failure' || conclusion === 'timed_out');
    const excerpt = excerptOf(String(text), step?.started_at ?? null);
    const log = excerpt === '' ? null : await keep(excerpt);
    return { step: step?.name ?? null, log, flaky: looksFlaky(excerpt, knownFlaky), outside: isOutside(excerpt) };
  } catch (error) {
    if (![403, 404, 410].includes(statusOf(error) ?? 0)) throw error;
    return NOTHING_LOGGED; // its log has expired, or never was
  }
}
