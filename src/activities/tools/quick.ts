// The quick calls of a turn: the beginning of the activity that comes after them, because a round over the server costs more than they do.
// Every result is in the store before the next call starts, so a retry runs only what has no result; what a retried write tool had begun,
// it does again.
import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { ToolCall } from '../../contracts/said.ts';
import type { QuickCalls, SessionSpec } from '../../contracts/session.ts';
import type { Store } from '../../store/store.ts';
import { once, stepOf, type Placed } from './once.ts';
import { isQuick, toolsOf, type AnyTool, type Toolbox } from './session-tools.ts';
import type { ToolOutput } from './tool.ts';

/** Runs the calls that have no result yet: read-only ones in parallel, the others in order. */
export type QuickTools = (session: string, spec: SessionSpec, calls: Pick<QuickCalls, 'turn' | 'from' | 'to'>) => Promise<void>;

export function createQuickTools(store: Store, toolbox: Toolbox): QuickTools {
  return async (session, spec, { turn, from, to }) => {
    const tools = toolsOf(spec, toolbox);
    for (let at = from; at < to;) {
      const [{ reply, results }, isSteered] = await Promise.all([stepOf(store, session, turn), steered(store, session)]);
      const waiting = reply.calls.map((call, at): Placed => ({ session, turn, at, call })).slice(at, to);
      // Neighbouring read-only calls run together; anything else alone, in its place.
      const alone = waiting.findIndex(({ call }) => !tools.some((tool) => tool.name === call.tool && isQuick(tool) && tool.readOnly));
      const next = waiting.slice(0, alone === -1 ? waiting.length : Math.max(1, alone));
      await Promise.all(
        next.map((placed) => once(store, placed, results, spec.limits, async () => (isSteered ? undefined : run(placed, spec, tools)))),
      );
      at += next.length;
    }
  };

  async function run({ session, turn, at, call }: Placed, spec: SessionSpec, tools: AnyTool[]): Promise<ToolOutput> {
    const { worktree } = spec;
    if (!existsSync(worktree)) return gone(worktree);
    const tool = tools.filter(isQuick).find(({ name }) => name === call.tool);
    if (tool === undefined) return unknown(call, tools);
    const input = tool.input.safeParse(call.input);
    if (!input.success) return wrongInput(call, input.error);
    return tool.run(input.data, { session, call: `${turn}.${at}`, worktree });
  }
}

export async function steered(store: Store, session: string): Promise<boolean> {
  return (await store.mail.take({ address: session })).some(({ kind, urgent }) => kind === 'steer' || urgent);
}

/** Nothing that an agent could do brings it back. */
export const gone = (worktree: string): ToolOutput => ({ how: 'fatal', text: `The worktree is gone (${worktree}).` });

export const unknown = ({ tool }: ToolCall, tools: readonly AnyTool[]): ToolOutput => ({
  how: 'mistake',
  text: `There is no tool "${tool}"; there are ${tools.map(({ name }) => name).join(', ')}.`,
});

export const wrongInput = ({ input }: ToolCall, error: z.ZodError): ToolOutput => ({
  how: 'mistake',
  text:
    typeof input === 'string'
      ? 'The arguments are not JSON. If your answer was cut at its limit, make it shorter: write large files in several steps.'
      : `The arguments are not right:\n${z.prettifyError(error)}`,
});
