// Logs are not answered by the API but by an address that it gives, which holds for a minute and needs no token, as on GitHub.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { strToU8, zipSync } from 'fflate';
import type { Forge } from '../forge.ts';
import { answer } from '../http/answer.ts';
import { urlOf } from '../http/body.ts';
import { Refusal, text } from '../http/reply.ts';
import type { WorkflowJob } from '../state/ci-records.ts';
import { readJobLog } from './job-log.ts';
import { jobsOf } from './records.ts';
import { logDirectory } from './run-job.ts';

const VALID_MS = 60_000;
const ROUTE = /^\/actions-logs\/(job|run)\/(\d+)\/(\d+)\/([0-9a-f]{64})$/;

/** A short-lived address of a job's log as text, or of all logs of a run as a zip. */
export function logLink(forge: Forge, kind: 'job' | 'run', id: number): string {
  const subject = `${kind}/${id}/${Date.now() + VALID_MS}`;
  return `${forge.url}/actions-logs/${subject}/${signature(forge, subject)}`;
}

const signature = (forge: Forge, subject: string): string => createHmac('sha256', forge.controlToken).update(subject).digest('hex');

/** Answers the request if it is for such an address; returns whether it was. */
export async function handleLogs(forge: Forge, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const [, kind, id, until, signed] = ROUTE.exec(urlOf(forge, request).pathname) ?? [];
  if (kind === undefined || id === undefined || until === undefined || signed === undefined) return false;
  const expected = signature(forge, `${kind}/${id}/${until}`);
  if (!timingSafeEqual(Buffer.from(signed), Buffer.from(expected)) || Number(until) < Date.now()) {
    answer(request, response, new Refusal(403, 'This address of a log is not valid any more: ask for a new one.').reply);
    return true;
  }
  const reply =
    kind === 'job'
      ? text(await jobText(forge, Number(id)), 'text/plain; charset=utf-8')
      : text(await runArchive(forge, Number(id)), 'application/zip');
  answer(request, response, reply);
  return true;
}

async function jobText(forge: Forge, id: number): Promise<string> {
  return (await readJobLog(logDirectory(forge, id))).map((step) => step.text).join('');
}

/** GitHub's layout: a file a job, and a folder a job with a file a step. */
async function runArchive(forge: Forge, id: number): Promise<Uint8Array> {
  const jobs = jobsOf(forge.state, forge.state.need('workflowRun', id));
  const files: Record<string, Uint8Array> = {};
  for (const [index, job] of jobs.entries()) {
    const steps = await readJobLog(logDirectory(forge, job.id));
    const name = fileName(job.name);
    files[`${index}_${name}.txt`] = strToU8(steps.map((step) => step.text).join(''));
    for (const { number, text } of steps) files[`${name}/${number}_${fileName(stepOf(job, number))}.txt`] = strToU8(text);
  }
  return zipSync(files);
}

const stepOf = (job: WorkflowJob, number: number): string => job.steps.find((step) => step.number === number)?.name ?? 'step';

const fileName = (name: string): string => name.replace(/[/\\:*?"<>|\n]/g, '').slice(0, 90);
