// Checks of a commit, and pages of what they lead to: a check run with its output, a run of a workflow with its jobs, a job with its log.
import { latestRuns } from '../api/present/checks.ts';
import { readJobLog } from '../ci/job-log.ts';
import { jobsOf } from '../ci/records.ts';
import { logDirectory } from '../ci/run-job.ts';
import { latestStatuses } from '../domain/statuses.ts';
import type { Reply } from '../http/reply.ts';
import type { CheckRun, Conclusion, RunStatus, WorkflowJob } from '../state/ci-records.ts';
import { markup, outside, prose, type Child, type Html } from './html.ts';
import { nowhere, pageReply } from './layout.ts';
import { badge, capped, pathOf, shaLink, timeOf, type Place } from './place.ts';

/** So many characters of a log are shown, from its end: that is where it says what went wrong. */
const MOST_LOG = 500_000;

const GOOD: ReadonlySet<string> = new Set(['success', 'neutral', 'skipped']);

const outcome = ({ status, conclusion }: { readonly status: RunStatus; readonly conclusion: Conclusion | null }): Html =>
  conclusion === null
    ? badge('pending', status.replace('_', ' '))
    : badge(GOOD.has(conclusion) ? 'success' : 'failure', conclusion.replace('_', ' '));

export function checksView(place: Place, sha: string): Html {
  const { state, repository, root } = place;
  const runs = latestRuns(state.select('checkRun', 'commit', `${repository.id}/${sha}`));
  const statuses = latestStatuses(state, repository, sha);
  if (runs.length + statuses.length === 0) return markup`<p class="quiet">None.</p>`;
  return markup`<table>
    ${capped(
      runs,
      (run) =>
        markup`<tr>
          <td>${outcome(run)}</td>
          <td><a href="${root}/runs/${run.id}">${run.name}</a></td>
          <td>${run.output.title}</td>
          <td class="quiet">${run.app}</td>
        </tr>`,
    )}${capped(
      statuses,
      ({ state: verdict, context, description, targetUrl }) =>
        markup`<tr>
          <td>${badge(verdict === 'success' ? 'success' : verdict === 'pending' ? 'pending' : 'failure', verdict)}</td>
          <td>${targetUrl === null ? context : outside(targetUrl, context)}</td>
          <td>${description}</td>
          <td class="quiet">status</td>
        </tr>`,
    )}
  </table>`;
}

const page = (place: Place, title: string, body: Child): Reply => pageReply({ title, path: pathOf(place), body });

export function checkRunPage(place: Place, id: string): Reply {
  const { state, repository, root } = place;
  const run = state.get('checkRun', Number(id));
  if (run?.repositoryId !== repository.id) return nowhere();
  const { title, summary, text } = run.output;
  const job = jobOf(place, run);
  const log = job === undefined ? null : markup`<p><a href="${root}/actions/runs/${job.runId}/job/${job.id}">The log of the job</a></p>`;
  const details = run.detailsUrl === null ? null : markup`<p>${outside(run.detailsUrl, 'Details')}</p>`;
  const annotations = run.annotations.map(
    ({ path, start_line, annotation_level, message }) =>
      markup`<tr>
        <td>${annotation_level}</td>
        <td><code>${path}:${start_line}</code></td>
        <td>${prose(message)}</td>
      </tr>`,
  );
  return page(
    place,
    run.name,
    markup`<h1>${run.name}</h1>
      <p>${outcome(run)} of ${shaLink(place, run.headSha)}, by ${run.app}</p>
      ${log}${details}
      ${title === null ? null : markup`<h2>${title}</h2>`}${summary === null ? null : prose(summary)}${text === null ? null : prose(text)}
      ${
        annotations.length === 0
          ? null
          : markup`<h2>Annotations</h2>
              <table>
                ${annotations}
              </table>`
      }`,
  );
}

const jobOf = ({ state }: Place, run: CheckRun): WorkflowJob | undefined =>
  state
    .select('workflowRun', 'suite', run.suiteId)
    .flatMap(({ id }) => state.select('workflowJob', 'run', id))
    .find(({ checkRunId }) => checkRunId === run.id);

export function workflowRunPage(place: Place, id: string): Reply {
  const { state, repository, root } = place;
  const run = state.get('workflowRun', Number(id));
  if (run?.repositoryId !== repository.id) return nowhere();
  const jobs = jobsOf(state, run).map(
    (job) =>
      markup`<tr>
        <td>${outcome(job)}</td>
        <td><a href="${root}/actions/runs/${run.id}/job/${job.id}">${job.name}</a></td>
        <td>${job.startedAt === null ? null : timeOf(job.startedAt)}</td>
      </tr>`,
  );
  return page(
    place,
    run.name,
    markup`<h1>${run.name}</h1>
      <p>${outcome(run)} ${run.event} on ${shaLink(place, run.headSha)}, attempt ${run.attempt}</p>
      <table>
        ${jobs}
      </table>`,
  );
}

export async function jobPage(place: Place, runId: string, id: string): Promise<Reply> {
  const { forge, state, repository, root } = place;
  const job = state.get('workflowJob', Number(id));
  if (job?.repositoryId !== repository.id || job.runId !== Number(runId)) return nowhere();
  const logs = new Map((await readJobLog(logDirectory(forge, job.id))).map(({ number, text }) => [number, text]));
  const steps = job.steps.map((step) => {
    const log = logs.get(step.number) ?? '';
    const shown = log.length > MOST_LOG ? `… ${log.length - MOST_LOG} characters before this are not shown\n${log.slice(-MOST_LOG)}` : log;
    return markup`<h2>${outcome(step)}${step.name}</h2>
      ${shown === '' ? null : markup`<pre>${shown}</pre>`}`;
  });
  return page(
    place,
    job.name,
    markup`<h1>${job.name}</h1>
      <p>${outcome(job)} <a href="${root}/actions/runs/${job.runId}">The whole run</a></p>
      ${steps}`,
  );
}
