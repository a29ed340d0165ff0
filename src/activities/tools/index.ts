// The tools of a session. Every result is in the store before the next call starts, so a retry runs only what has no result; what a
// retried write tool had begun, it does again. A command is a job of the host: a retry attends to it again.
import { existsSync } from 'node:fs';
import { cancellationSignal } from '@temporalio/activity';
import { z } from 'zod';
import { entryKey, type Reply, type ToolCall, type ToolResult } from '../../contracts/said.ts';
import type { SessionSpec, ToolActivities } from '../../contracts/session.ts';
import { DEFAULT_JOB_LIMITS, type JobOutcome, type JobRef } from '../../jobs/job.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { Confinement } from '../../sandbox/confinement.ts';
import type { Store } from '../../store/store.ts';
import { readSpec } from '../session/spec.ts';
import { bash, commandOutput, type BashInput } from './bash.ts';
import type { Tool, ToolOutput } from './tool.ts';

export interface ToolDeps {
  readonly store: Store;
  readonly jobs: Jobs;
  readonly tools: readonly Tool[];
  /** What a command in this worktree may see and use. */
  readonly confine: (worktree: string) => Promise<Confinement>;
}

/** Most bytes of one command's output that the model sees. */
const MOST_BYTES = 30_000;

/** A call and its place in the transcript. */
interface Placed {
  readonly session: string;
  readonly turn: number;
  readonly at: number;
  readonly call: ToolCall;
}

export function createToolActivities({ store, jobs, tools, confine }: ToolDeps): ToolActivities {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));

  return {
    async runQuickTools({ session, spec: digest, turn, from, to }) {
      const spec = await readSpec(store, digest);
      const { calls } = await replyOf(session, turn);
      const waiting = calls.map((call, at): Placed => ({ session, turn, at, call })).slice(from, to);
      while (waiting.length > 0) {
        // Neighbouring read-only calls run together; anything else alone, in its place.
        const alone = waiting.findIndex(({ call }) => byName.get(call.tool)?.readOnly !== true);
        const next = waiting.splice(0, alone === -1 ? waiting.length : Math.max(1, alone));
        await Promise.all(next.map((placed) => once(placed, () => runQuick(placed, spec))));
      }
    },

    async runCommand({ session, spec: digest, turn, call: at }) {
      const spec = await readSpec(store, digest);
      const call = (await replyOf(session, turn)).calls[at];
      if (call === undefined) throw new Error(`Turn ${turn} of ${session} has no call ${at}.`);
      await once({ session, turn, at, call }, async () => {
        const input = bash.input.safeParse(call.input);
        if (!input.success) return wrongInput(input.error);
        if (!existsSync(spec.worktree)) return gone(spec.worktree);
        const job = { scope: session, id: `${turn}.${at}` };
        const outcome = await attend(job, input.data, spec);
        return outcome && commandOutput(outcome, await jobs.output(job, MOST_BYTES));
      });
    },

    reapSession: ({ session }) => jobs.endScope(session),
  };

  async function replyOf(session: string, turn: number): Promise<Reply> {
    const entry = await store.transcripts.entry({ session, key: entryKey.turn(turn) });
    if (entry === undefined) throw new Error(`${session} has no reply for turn ${turn}.`);
    return entry.messages.at(-1) as Reply;
  }

  /** Runs a call that has no result yet, and keeps the result. Where `run` gives none, a message came first: the model sees that before. */
  async function once({ session, turn, at, call }: Placed, run: () => Promise<ToolOutput | undefined>): Promise<void> {
    const key = entryKey.result(turn, at);
    if ((await store.transcripts.entry({ session, key })) !== undefined) return;
    const { text, how } = (await run()) ?? { how: 'skipped' as const, text: 'Not run, because a message for you came first.' };
    const result: ToolResult = { kind: 'result', turn, call: at, id: call.id, tool: call.tool, text, how };
    await store.transcripts.append({ session, key, messages: [result] });
  }

  async function runQuick({ session, turn, at, call }: Placed, { worktree }: SessionSpec): Promise<ToolOutput | undefined> {
    if (await steered(session)) return undefined;
    if (!existsSync(worktree)) return gone(worktree);
    const tool = byName.get(call.tool);
    if (tool === undefined)
      return { how: 'mistake', text: `There is no tool "${call.tool}"; there are ${[...byName.keys(), bash.name].join(', ')}.` };
    const input = tool.input.safeParse(call.input);
    if (!input.success) return wrongInput(input.error);
    return tool.run(input.data, { session, call: `${turn}.${at}`, worktree });
  }

  /** The end of a command, which an attempt before this one may have started. */
  async function attend(job: JobRef, { command: script, timeoutMinutes }: BashInput, spec: SessionSpec): Promise<JobOutcome | undefined> {
    const signal = cancellationSignal();
    const startedBefore = await jobs.attach(job, { signal });
    if (startedBefore !== undefined) return startedBefore;
    if (await steered(job.scope)) return undefined;
    const limits = { ...DEFAULT_JOB_LIMITS, wallSeconds: timeoutMinutes * 60 };
    await jobs.start({ ...job, script, confinement: await confine(spec.worktree), limits });
    return jobs.attach(job, { signal });
  }

  async function steered(session: string): Promise<boolean> {
    return (await store.mail.take({ address: session })).some(({ kind, urgent }) => kind === 'steer' || urgent);
  }
}

/** Nothing that an agent could do brings it back. */
const gone = (worktree: string): ToolOutput => ({ how: 'fatal', text: `The worktree is gone (${worktree}).` });

const wrongInput = (error: z.ZodError): ToolOutput => ({ how: 'mistake', text: `The arguments are not right:\n${z.prettifyError(error)}` });
