// Decides when CI does something: takes triggers that are due, starts queued jobs while there is room, ends those that were cancelled.
// All that it goes by is in the state, so a new one goes on where a dead one was: jobs that were running then run again.
import { rmSync } from 'node:fs';
import type { Sandbox } from '../../../src/sandbox/confinement.ts';
import { removeStaleGroups } from '../../../src/sandbox/process-group.ts';
import { inBackground } from '../background.ts';
import type { Forge } from '../forge.ts';
import type { CiTrigger, WorkflowJob } from '../state/ci-records.ts';
import { advance } from './advance.ts';
import { CI_GROUPS } from './command.ts';
import { annotation, endJob, requeueJob, startJob, stopRun, type JobEnd } from './jobs.ts';
import { jobsOf } from './records.ts';
import { roomsDirectory, runJob, type JobSignals } from './run-job.ts';
import { takeTrigger } from './take-trigger.ts';

interface Running {
  readonly cancel: AbortController;
  readonly done: Promise<void>;
}

export class Ci {
  readonly #forge: Forge;
  readonly #sandbox: Sandbox;
  readonly #running = new Map<number, Running>();
  readonly #abandon = new AbortController();
  #taking: Promise<void> | undefined;
  #willLook = false;
  #wakeAt = Infinity;

  constructor(forge: Forge, sandbox: Sandbox) {
    this.#forge = forge;
    this.#sandbox = sandbox;
  }

  async start(): Promise<void> {
    await removeStaleGroups(CI_GROUPS);
    rmSync(roomsDirectory(this.#forge), { recursive: true, force: true });
    await this.#recover();
    this.#forge.state.onCommit((changed) => {
      if (['ciTrigger', 'workflowRun', 'workflowJob', 'repository'].some((name) => changed.has(name as 'ciTrigger'))) this.#lookSoon();
    });
    this.#lookSoon();
  }

  /** Ends what runs and records nothing of it: the next forge on this directory runs it again. */
  async stop(): Promise<void> {
    this.#abandon.abort();
    await Promise.all([this.#taking, ...[...this.#running.values()].map(({ done }) => done)]);
  }

  async #recover(): Promise<void> {
    const { state } = this.#forge;
    for (const { id, cancelledAt, repositoryId } of state.all('workflowJob').filter(({ status }) => status === 'in_progress')) {
      if (state.get('repository', repositoryId) === undefined) continue;
      if (cancelledAt !== null) await this.#end(id, { conclusion: 'cancelled' });
      else
        await inBackground(
          `job ${id} that is to run again`,
          () => state.transaction((transaction) => requeueJob(this.#forge, transaction, id)),
          (because) => this.#end(id, failed(because)),
        );
    }
  }

  #lookSoon(): void {
    if (this.#willLook) return;
    this.#willLook = true;
    setImmediate(() => {
      this.#willLook = false;
      if (!this.#abandon.signal.aborted) void inBackground('the look at what CI has to do', () => this.#look());
    });
  }

  #look(): void {
    this.#endCancelled();
    for (const job of this.#startable()) this.#start(job);
    if (this.#taking !== undefined) return;
    const triggers = this.#forge.state.all('ciTrigger').sort((a, b) => a.dueAt - b.dueAt);
    const [next] = triggers;
    if (next === undefined) return;
    if (next.dueAt <= Date.now()) this.#take(next);
    else this.#wake(next.dueAt);
  }

  /** One after the other, so that runs are numbered in the order of their events. */
  #take(trigger: CiTrigger): void {
    const { state } = this.#forge;
    const what = `the ${trigger.event} of ${trigger.sha} on ${trigger.ref}`;
    this.#taking = inBackground(
      what,
      () => takeTrigger(this.#forge, trigger),
      () =>
        state.transaction((transaction) => {
          if (transaction.get('ciTrigger', trigger.id) !== undefined) transaction.remove('ciTrigger', trigger.id);
        }),
    ).then(() => {
      this.#taking = undefined;
      this.#lookSoon();
    });
  }

  #wake(at: number): void {
    if (at >= this.#wakeAt) return;
    this.#wakeAt = at;
    const wait = Math.max(1, at - Date.now());
    this.#forge.later([wait, wait], () => {
      this.#wakeAt = Infinity;
      this.#lookSoon();
    });
  }

  #endCancelled(): void {
    for (const [id, { cancel }] of this.#running) {
      const job = this.#forge.state.get('workflowJob', id);
      const isGone = job === undefined || this.#forge.state.get('repository', job.repositoryId) === undefined;
      if (isGone || job.cancelledAt !== null) cancel.abort();
    }
  }

  /** Queued jobs for which there is room, the oldest first. */
  #startable(): WorkflowJob[] {
    const { state, settings } = this.#forge;
    const room = settings.limits.jobsAtOnce - this.#running.size;
    if (room <= 0) return [];
    const open = state
      .all('workflowRun')
      .filter(
        ({ status, repositoryId }) =>
          (status === 'queued' || status === 'in_progress') && state.get('repository', repositoryId) !== undefined,
      );
    const found: WorkflowJob[] = [];
    for (const run of open) {
      const jobs = jobsOf(state, run);
      const starts = (job: WorkflowJob): boolean => job.status === 'in_progress' || found.includes(job);
      for (const job of jobs) {
        const most = job.combination?.mostAtOnce ?? Infinity;
        if (job.status === 'queued' && jobs.filter((other) => other.key === job.key && starts(other)).length < most) found.push(job);
      }
    }
    return found.sort((a, b) => a.id - b.id).slice(0, room);
  }

  #start({ id }: WorkflowJob): void {
    const cancel = new AbortController();
    this.#running.set(id, { cancel, done: this.#runToItsEnd(id, { cancel: cancel.signal, abandon: this.#abandon.signal }) });
  }

  async #runToItsEnd(id: number, signals: JobSignals): Promise<void> {
    const { state } = this.#forge;
    let end: JobEnd | undefined;
    await inBackground(
      `job ${id}`,
      async () => {
        state.transaction((transaction) => startJob(this.#forge, transaction, id));
        end = await runJob(this.#forge, this.#sandbox, state.need('workflowJob', id), signals);
      },
      (because) => (end = failed(because)),
    );
    this.#running.delete(id);
    if (end !== undefined) await this.#end(id, end);
  }

  async #end(id: number, end: JobEnd): Promise<void> {
    const { state } = this.#forge;
    await inBackground(
      `the end of job ${id}`,
      () =>
        state.transaction((transaction) => {
          const job = transaction.get('workflowJob', id);
          if (job === undefined || transaction.get('repository', job.repositoryId) === undefined) return;
          endJob(this.#forge, transaction, id, end);
          advance(this.#forge, transaction, job.runId);
        }),
      () => state.transaction((transaction) => stopRun(transaction, state.need('workflowJob', id).runId)),
    );
  }
}

/** How a job ends that a bug of the forge has kept from its end. */
const failed = (because: string): JobEnd => ({
  conclusion: 'failure',
  annotations: [annotation('failure', because, { path: '.github', line: 1 })],
});
