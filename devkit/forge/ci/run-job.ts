// Runs a job: its steps one after the other, each recorded as it begins and ends. Knows nothing of queues: scheduler.ts says when.
import path from 'node:path';
import type { Sandbox } from '../../../src/sandbox/confinement.ts';
import type { Forge } from '../forge.ts';
import type { Annotation, WorkflowJob, WorkflowStep } from '../state/ci-records.ts';
import { ExpressionProblem, holds, interpolated } from './expressions.ts';
import { hashesFor } from './hash-files.ts';
import { annotation, changeSteps, type JobEnd } from './jobs.ts';
import { JobLog } from './job-log.ts';
import { openRoom } from './job-room.ts';
import { minutesOf, openScene, standingOf, type JobScene } from './job-scene.ts';
import { parseWorkflow } from './parse-workflow.ts';
import { runStep, stepName } from './run-step.ts';
import type { Step } from './workflow.ts';

/** What steps that say always() may take after a job was cancelled or had its time (GitHub: 5 minutes). */
const GRACE_MS = 5 * 60_000;

export interface JobSignals {
  /** Somebody cancelled the job. */
  readonly cancel: AbortSignal;
  /** The forge stops: the job is to be left as it is, and runs again later. */
  readonly abandon: AbortSignal;
}

export const logDirectory = (forge: Forge, jobId: number): string => path.join(forge.settings.dataDirectory, 'ci/logs', String(jobId));
export const roomsDirectory = (forge: Forge): string => path.join(forge.settings.dataDirectory, 'ci/rooms');

/** @returns how the job ended; undefined if it was abandoned */
export async function runJob(forge: Forge, sandbox: Sandbox, record: WorkflowJob, signals: JobSignals): Promise<JobEnd | undefined> {
  const log = new JobLog(logDirectory(forge, record.id), forge.settings.limits.logBytes);
  log.step(1);
  const repository = forge.state.need('repository', record.repositoryId);
  const room = await openRoom(path.join(roomsDirectory(forge), String(record.id)), repository.name, sandbox, forge.settings.limits);
  try {
    const scene = openScene(forge, sandbox, record, { room, log });
    return await new JobRun(scene, record, signals).toItsEnd();
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    log.write(`##[error]${error.message}`);
    return { conclusion: 'failure', annotations: [annotation('failure', error.message, { path: '.github', line: 1 })] };
  } finally {
    log.close();
    await room.remove();
  }
}

class JobRun {
  readonly #scene: JobScene;
  readonly #record: WorkflowJob;
  readonly #signals: JobSignals;
  readonly #steps: WorkflowStep[];
  readonly #annotations: Annotation[] = [];
  readonly #summaries: string[] = [];
  readonly #minutes: number;
  readonly #timeIsUp: AbortSignal;

  constructor(scene: JobScene, record: WorkflowJob, signals: JobSignals) {
    this.#scene = scene;
    this.#record = record;
    this.#signals = signals;
    const most = scene.forge.settings.limits.jobMinutes;
    this.#minutes = Math.min(most, minutesOf(scene.job['timeout-minutes'] ?? most, scene.contexts()));
    this.#timeIsUp = AbortSignal.timeout(this.#minutes * 60_000);
    const names = ['Set up job', ...scene.job.steps.map((step) => stepName(step, scene.contexts())), 'Complete job'];
    this.#steps = names.map((name, index) => ({
      number: index + 1,
      name,
      status: 'queued',
      conclusion: null,
      startedAt: null,
      completedAt: null,
    }));
  }

  async toItsEnd(): Promise<JobEnd | undefined> {
    const scene = this.#scene;
    this.#begin(1);
    this.#setUp();
    this.#finish(1, 'success');
    for (const [index, step] of scene.job.steps.entries()) {
      await this.#step(step, index + 2);
      if (this.#signals.abandon.aborted) return undefined;
    }
    const last = this.#steps.length;
    this.#begin(last);
    const outputs = this.#outputs();
    scene.log.write('Cleaning up orphan processes');
    this.#finish(last, 'success');
    return { conclusion: scene.status, outputs, annotations: this.#annotations, summary: this.#summaries.join('\n') };
  }

  #setUp(): void {
    const { log, sandbox, run, job } = this.#scene;
    log.write(
      `Job defined at: ${this.#scene.forge.state.need('workflow', run.workflowId).path}@${run.ref}`,
      `Runs on this machine in place of ${JSON.stringify(job['runs-on'])}; sandbox: ${sandbox.kind}; network: ${sandbox.kind === 'bubblewrap' ? 'none' : 'open'}`,
      `Ends after ${this.#minutes} minutes at the latest`,
    );
    const parsed = parseWorkflow(run.source);
    for (const { key, line, message } of parsed.ok ? parsed.notes : []) {
      log.write(`##[warning]${key}: ${message}`);
      this.#annotations.push(
        annotation('warning', `${key}: ${message}`, { path: this.#scene.forge.state.need('workflow', run.workflowId).path, line }),
      );
    }
  }

  async #step(step: Step, number: number): Promise<void> {
    const scene = this.#scene;
    this.#heedTheEnd();
    const isAfterEnd = scene.status === 'cancelled';
    const { abandon, cancel } = this.#signals;
    const bounds = isAfterEnd
      ? { timeoutMs: GRACE_MS, signal: abandon }
      : { timeoutMs: this.#minutes * 60_000 + GRACE_MS, signal: AbortSignal.any([abandon, cancel, this.#timeIsUp]) };
    scene.log.step(number);
    const hashFiles = await hashesFor(scene, step, bounds.signal);
    if (!this.#isMeant(step, hashFiles)) return this.#skip(step, number);
    this.#begin(number);
    const { annotations, summary, ...outcome } = await runStep(scene, step, bounds, hashFiles);
    if (this.#signals.abandon.aborted) return;
    if (step.id !== undefined) scene.steps[step.id] = outcome;
    this.#annotations.push(...annotations);
    if (summary !== '') this.#summaries.push(summary);
    this.#heedTheEnd();
    if (outcome.conclusion === 'failure' && scene.status === 'success') scene.status = 'failure';
    this.#finish(number, outcome.conclusion);
  }

  /** A job that was cancelled, or has had its time, is cancelled from then on; the time is told once. */
  #heedTheEnd(): void {
    const scene = this.#scene;
    if (scene.status === 'cancelled') return;
    const isLate = this.#timeIsUp.aborted;
    if (!isLate && !this.#signals.cancel.aborted) return;
    scene.status = 'cancelled';
    const message = isLate
      ? `The job running on runner forge has exceeded the maximum execution time of ${this.#minutes} minutes.`
      : 'The operation was canceled.';
    this.#annotations.push(annotation('failure', message, { path: '.github', line: 1 }));
  }

  #isMeant(step: Step, hashFiles: Awaited<ReturnType<typeof hashesFor>>): boolean {
    return holds(step.if, this.#scene.contexts(), { ...standingOf(this.#scene), hashFiles });
  }

  #skip(step: Step, number: number): void {
    if (step.id !== undefined) this.#scene.steps[step.id] = { outcome: 'skipped', conclusion: 'skipped', outputs: {} };
    this.#finish(number, 'skipped');
  }

  #outputs(): Record<string, string> {
    const { job } = this.#scene;
    return Object.fromEntries(
      Object.entries(job.outputs ?? {}).map(([name, template]) => [name, interpolated(template, this.#scene.contexts())]),
    );
  }

  #begin(number: number): void {
    if (number === this.#steps.length) this.#scene.log.step(number);
    this.#change(number, { status: 'in_progress', startedAt: Date.now() });
  }

  #finish(number: number, conclusion: WorkflowStep['conclusion']): void {
    const now = Date.now();
    this.#change(number, { status: 'completed', conclusion, startedAt: this.#steps[number - 1]?.startedAt ?? now, completedAt: now });
  }

  #change(number: number, fields: Partial<WorkflowStep>): void {
    const step = this.#steps[number - 1];
    if (step === undefined) throw new Error(`there is no step ${number}`);
    this.#steps[number - 1] = { ...step, ...fields };
    this.#scene.forge.state.transaction((transaction) => changeSteps(transaction, this.#record.id, [...this.#steps]));
  }
}
