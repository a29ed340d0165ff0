// The commands of a session: each is a job of the host, and a retry attends to it again. Its result is in the store before the next call starts.
import { existsSync } from 'node:fs';
import { cancellationSignal } from '@temporalio/activity';
import type { SessionSpec, ToolActivities } from '../../contracts/session.ts';
import { DEFAULT_JOB_LIMITS, type JobOutcome, type JobRef } from '../../jobs/job.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { Confinement, Mount } from '../../sandbox/confinement.ts';
import type { Store } from '../../store/store.ts';
import { liveText } from '../model/live-text.ts';
import type { SessionWork } from '../work/checkpoints.ts';
import { createSpecs } from '../session/spec.ts';
import { bash, commandOutput, type BashInput } from './bash.ts';
import { showingOutput } from './live-output.ts';
import { lastAttempt, once, stepOf } from './once.ts';
import { gone, steered, unknown, wrongInput, type QuickTools } from './quick.ts';
import { toolsOf, type Toolbox } from './session-tools.ts';

export interface ToolDeps {
  readonly store: Store;
  readonly jobs: Jobs;
  readonly toolbox: Toolbox;
  readonly quickTools: QuickTools;
  readonly work: SessionWork;
  /** What a command in this worktree may see and use. */
  readonly confine: (worktree: string, access: Mount['access']) => Promise<Confinement>;
}

/** Most bytes of one command's output that the model sees. */
const MOST_BYTES = 30_000;

export function createToolActivities({ store, jobs, toolbox, quickTools, work, confine }: ToolDeps): ToolActivities {
  const readSpec = createSpecs(store);
  return {
    async runCommand({ session, spec: digest, turn, call: at, quick }) {
      const spec = await readSpec(digest);
      const lost = await work.ensure(session, spec.worktree, turn).catch((error: unknown) => lastAttempt(error, spec.limits));
      if (quick !== undefined && lost === undefined) await quickTools(session, spec, quick);
      const { reply, results } = await stepOf(store, session, turn);
      const call = reply.calls[at];
      if (call === undefined) throw new Error(`Turn ${turn} of ${session} has no call ${at}.`);
      await once(store, { session, turn, at, call }, results, spec.limits, async () => {
        if (lost !== undefined) return lost;
        const tools = toolsOf(spec, toolbox);
        if (!tools.some(({ name }) => name === call.tool)) return unknown(call, tools);
        const input = bash.input.safeParse(call.input);
        if (!input.success) return wrongInput(call, input.error);
        if (!existsSync(spec.worktree)) return gone(spec.worktree);
        const job = { scope: session, id: `${turn}.${at}` };
        const output = () => jobs.output(job, MOST_BYTES);
        const outcome = await showingOutput(liveText(store, session, 'session.output'), output, attend(job, input.data, spec));
        return outcome && commandOutput(outcome, await output());
      });
    },

    async keepWork({ session, spec }) {
      const { tools, worktree } = await readSpec(spec);
      if (tools === 'all') await work.keep(session, worktree, 'now');
    },

    reapSession: ({ session }) => jobs.endScope(session),
  };

  /** The end of a command, which an attempt before this one may have started. */
  async function attend(job: JobRef, { command: script, timeoutMinutes }: BashInput, spec: SessionSpec): Promise<JobOutcome | undefined> {
    const signal = cancellationSignal();
    const startedBefore = await jobs.attach(job, { signal });
    if (startedBefore !== undefined) return startedBefore;
    if (await steered(store, job.scope)) return undefined;
    const limits = { ...DEFAULT_JOB_LIMITS, wallSeconds: timeoutMinutes * 60 };
    await jobs.start({ ...job, script, confinement: await confine(spec.worktree, spec.tools === 'all' ? 'write' : 'read'), limits });
    return jobs.attach(job, { signal });
  }
}
