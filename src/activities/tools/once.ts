// One result for each call of a tool. It is kept before the next call starts, so a retry finds it; and a host that keeps failing ends as a
// result too, or a session would try for ever and no limit of its would be looked at.
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { entryKey, type Reply, type Said, type ToolCall, type ToolResult } from '../../contracts/said.ts';
import type { SessionLimits } from '../../contracts/session.ts';
import { StoreError } from '../../store/errors.ts';
import type { Store } from '../../store/store.ts';
import { describe } from './describe.ts';
import type { ToolOutput } from './tool.ts';

/** A call and its place in the transcript. */
export interface Placed {
  readonly session: string;
  readonly turn: number;
  readonly at: number;
  readonly call: ToolCall;
}

const MESSAGE_FIRST = { how: 'skipped', text: 'Not run, because a message for you came first.' } as const;
const FAILED_BEFORE = { how: 'skipped', text: 'Not run, because a call before it failed for good.' } as const;

/** A turn as the store has it: the reply, and the results that its calls have so far, by their positions. */
export interface Step {
  readonly reply: Reply;
  readonly results: ReadonlyMap<number, ToolResult>;
}

export async function stepOf(store: Store, session: string, turn: number): Promise<Step> {
  const said = (await store.transcripts.turn({ session, turn })) as Said[];
  const reply = said.find((one): one is Reply => one.kind === 'reply');
  if (reply === undefined) throw new Error(`${session} has no reply for turn ${turn}.`);
  return { reply, results: new Map(said.flatMap((one) => (one.kind === 'result' ? [[one.call, one]] : []))) };
}

/**
 * Runs a call that has no result yet, and keeps the result. Where `run` gives none, a message came first: the model sees that before.
 * @param results those of its turn, read just before
 * @throws what `run` throws, for Temporal's retry, until the attempts of `limits` are used up
 */
export async function once(
  store: Store,
  placed: Placed,
  results: Step['results'],
  limits: Pick<SessionLimits, 'attempts'>,
  run: () => Promise<ToolOutput | undefined>,
): Promise<void> {
  const { session, turn, at, call } = placed;
  if (results.has(at)) return;
  // The session is about to end for an earlier call of the same turn.
  const failedBefore = [...results.values()].some((earlier) => earlier.call < at && earlier.how === 'fatal');
  const output = failedBefore ? FAILED_BEFORE : await run().catch((error: unknown) => lastAttempt(error, limits));
  const { text, how } = output ?? MESSAGE_FIRST;
  const result: ToolResult = { kind: 'result', turn, call: at, id: call.id, tool: call.tool, text, how };
  const event = { kind: 'tool.ended' as const, body: { turn, call: at, what: describe(call), how } };
  await store.transcripts.append({ session, key: entryKey.result(turn, at), messages: [result], event });
}

/**
 * What a tool throws is a host out of order: after the last attempt that is a result. A worker that stops, and a store that is away, are none:
 * these are waited out.
 */
export function lastAttempt(error: unknown, { attempts }: Pick<SessionLimits, 'attempts'>): ToolOutput {
  const { attempt } = activityInfo();
  if (attempt < attempts || cancellationSignal().aborted || error instanceof StoreError) throw error;
  const why = error instanceof Error ? error.message : String(error);
  return { how: 'fatal', text: `It failed ${attempt} times, the last time with: ${why.slice(0, 500)}` };
}
