// Decides when CI does something: takes triggers that are due, starts queued jobs while there is room, ends those that were cancelled.
// All that it goes by is in the state, so a new one goes on where a dead one was: jobs that were running then run again.
import { rmSync } from 'node:fs';
import type { Sandbox } from '../../../src/sandbox/confinement.ts';
import type { Forge } from '../forge.ts';
import type { CiTrigger, WorkflowJob } from '../state/ci-records.ts';
import { advance } from './advance.ts';
import { endJob, requeueJob, startJob } from './jobs.ts';
import { jobsOf } from './records.ts';
import { removeStaleGroups } from './process-group.ts';
import { roomsDirectory, runJob } from './run-job.ts';
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
    await removeStaleGroups();
    rmSync(roomsDirectory(this.#forge), { recursive: true, force: true });
    this.#recover();
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

  #recover(): void {
    const { state } = this.#forge;
    for (const job of state.all('workflowJob').filter(({ status }) => status === 'in_progress')) {
      if (state.get('repository', job.repositoryId) === undefined) continue;
      state.transaction((transaction) => {
        if (job.cancelledAt === null) return requeueJob(this.#forge, transaction, job.id);
        endJob(this.#forge, transaction, job.id, { conclusion: 'cancelled' });
        advance(this.#forge, transaction, job.runId);
      });
    }
  }

  #lookSoon(): void {
    if (this.#willLook) return;
    this.#willLook = true;
    setImmediate(() => {
      this.#willLook = false;
      if (!this.#abandon.signal.aborted) this.#look();
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
    this.#taking = takeTrigger(this.#forge, trigger).then(() => {
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
    const { state } = this.#forge;
    const cancel = new AbortController();
    state.transaction((transaction) => startJob(this.#forge, transaction, id));
    const signals = { cancel: cancel.signal, abandon: this.#abandon.signal };
    const done = runJob(this.#forge, this.#sandbox, state.need('workflowJob', id), signals).then((end) => {
      this.#running.delete(id);
      if (end === undefined) return;
      state.transaction((transaction) => {
        const job = transaction.need('workflowJob', id);
        if (transaction.get('repository', job.repositoryId) === undefined) return;
        endJob(this.#forge, transaction, id, end);
        advance(this.#forge, transaction, job.runId);
      });
    });
    this.#running.set(id, { cancel, done });
  }
}
