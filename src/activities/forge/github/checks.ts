// Checks of a commit on GitHub: runs, which programs report and of which those of its own CI are jobs, and statuses.
import type { Octokit } from 'octokit';
import type { ForgeCheck } from '../../../contracts/gates.ts';
import { digestOf } from '../../../store/digest.ts';
import type { Checks, EndedCheck, Place } from '../provider.ts';
import { placeOf } from './address.ts';
import { unless, unlessMissing } from './errors.ts';

type CheckRun = Awaited<ReturnType<Octokit['rest']['checks']['listForRef']>>['data']['check_runs'][number];

const PASSED: readonly (string | null)[] = ['success', 'neutral', 'skipped'];
/** Ends that say nothing about the code. */
const NOT_THE_CODE: readonly (string | null)[] = ['cancelled', 'stale', 'startup_failure', 'action_required'];

export const checks = (octokit: Octokit): Checks => {
  const { rest } = octokit;
  return {
    async endedChecks(place, commit) {
      return (await runsOf(octokit, place, commit)).filter(({ status }) => status === 'completed').map(endedOf);
    },

    async failedStatuses(place, commit) {
      const { data } = await rest.repos.getCombinedStatusForRef({ ...placeOf(place), ref: commit, per_page: 100 });
      return data.statuses
        .filter(({ state }) => state === 'failure' || state === 'error')
        .map(({ context, id, state, target_url: url, description }) => ({
          name: context,
          run: `status-${id}`,
          passed: false,
          isAboutCode: state !== 'error',
          url,
          summary: description ?? state,
          job: null,
        }));
    },

    jobLog: (place, job) =>
      unlessMissing(async () => {
        const [{ data }, { data: text }] = await Promise.all([
          rest.actions.getJobForWorkflowRun({ ...placeOf(place), job_id: job }),
          rest.actions.downloadJobLogsForWorkflowRun({ ...placeOf(place), job_id: job }),
        ]);
        const step = data.steps?.find(({ conclusion }) => conclusion === 'failure' || conclusion === 'timed_out');
        return { step: step === undefined ? null : { name: step.name, at: step.started_at ?? null }, text: String(text) };
      }, [403, 404, 410]),

    rerun: (place, job) =>
      unless([403, 404, 422], async () => {
        await rest.actions.reRunJobForWorkflowRun({ ...placeOf(place), job_id: job });
        return null;
      }),

    async hasRerun(place, check, run) {
      const { data: before } = await rest.checks.get({ ...placeOf(place), check_run_id: Number(run) });
      const { data } = await rest.checks.listForRef({ ...placeOf(place), ref: before.head_sha, check_name: check, filter: 'latest' });
      return !data.check_runs.some(({ id }) => String(id) === run);
    },
  };
};

const runsOf = ({ rest, paginate }: Octokit, place: Place, commit: string): Promise<CheckRun[]> =>
  paginate(rest.checks.listForRef, { ...placeOf(place), ref: commit, filter: 'latest', per_page: 100 });

function endedOf(run: CheckRun): EndedCheck {
  const said = [run.output.title, run.output.summary].filter((part) => part !== null && part !== '').join(': ');
  return {
    name: run.name,
    run: String(run.id),
    passed: PASSED.includes(run.conclusion),
    isAboutCode: !NOT_THE_CODE.includes(run.conclusion),
    url: run.details_url ?? run.html_url,
    summary: said === '' ? (run.conclusion ?? 'failed') : said.slice(0, 500),
    job: jobOf(run),
  };
}

/** Only checks of GitHub's own CI are jobs; their address ends with the job's id. */
const jobOf = ({ app, details_url }: CheckRun): number | null => {
  const id = app?.slug === 'github-actions' ? /\/job\/(\d+)$/.exec(details_url ?? '')?.[1] : undefined;
  return id === undefined ? null : Number(id);
};

/** How the checks of a commit stand. Of one name the worst: two workflows may have a job of the same name, and only reruns replace each other. */
export async function checksOf(octokit: Octokit, place: Place, ref: string): Promise<ForgeCheck[]> {
  const [runs, { data: combined }] = await Promise.all([
    runsOf(octokit, place, ref),
    octokit.rest.repos.getCombinedStatusForRef({ ...placeOf(place), ref, per_page: 100 }),
  ]);
  const all: ForgeCheck[] = [
    ...runs.map(({ id, name, head_sha: commit, status, conclusion, app, html_url: url, completed_at: at, output }) => ({
      name,
      state: status === 'completed' ? stateOf(conclusion) : ('pending' as const),
      ran: conclusion === 'success',
      app: app?.slug ?? '',
      run: String(id),
      url,
      evidence: digestOf({ id, name, commit, status, conclusion, at, title: output.title, summary: output.summary }),
    })),
    ...combined.statuses.map(({ id, context, state, description, target_url: url, updated_at: at }) => ({
      name: context,
      state: stateOf(state),
      ran: state === 'success',
      app: null,
      run: null,
      url,
      evidence: digestOf({ id, name: context, commit: ref, state, at, summary: description }),
    })),
  ];
  return [...new Set(all.map(({ name }) => name))].sort().flatMap((name) => {
    const same = all.filter((check) => check.name === name);
    return (
      same.find(({ state }) => state === 'failed') ??
      same.find(({ state }) => state === 'pending') ??
      same.find(({ ran }) => ran) ??
      same[0] ??
      []
    );
  });
}

function stateOf(conclusion: string | null): ForgeCheck['state'] {
  if (PASSED.includes(conclusion)) return 'passed';
  return conclusion === 'pending' ? 'pending' : 'failed';
}
