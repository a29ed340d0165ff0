// What a session has given back, from its transcript: the last call of its output's tool that was accepted.
import { OUTPUT_TOOLS, type Output, type OutputKind } from '../../contracts/outputs.ts';
import { OUTPUT_SCHEMAS } from '../../contracts/outputs-schema.ts';
import type { Said, ToolCall } from '../../contracts/said.ts';
import type { Store } from '../../store/store.ts';

/** Only reads; null where the session has given none (yet). */
export async function outputOf(store: Store, session: string): Promise<Output | null> {
  const said = (await store.transcripts.read({ session, after: 0 })).map(({ message }) => message as Said);
  for (const kind of Object.keys(OUTPUT_TOOLS) as OutputKind[]) {
    const call = lastAccepted(said, kind);
    // What a call was accepted by may have been an older schema: then its output is none that today's code can use.
    const value = call && OUTPUT_SCHEMAS[kind].safeParse(call.input);
    if (value?.success === true) return { kind, value: value.data } as Output;
  }
  return null;
}

/** The last call that gave the output, and was told so. */
export function lastAccepted(said: readonly Said[], kind: OutputKind): (ToolCall & { readonly turn: number }) | undefined {
  const result = said.findLast((one) => one.kind === 'result' && one.tool === OUTPUT_TOOLS[kind] && one.how === 'ok');
  if (result?.kind !== 'result') return undefined;
  const reply = said.find((one) => one.kind === 'reply' && one.turn === result.turn);
  const call = reply?.kind === 'reply' ? reply.calls[result.call] : undefined;
  return call && { ...call, turn: result.turn };
}
