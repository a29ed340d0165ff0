// From a transcript to the messages of a model call. Each part of a transcript becomes the same messages for ever: prompts only grow.
import type { ModelMessage } from 'ai';
import type { Said, ToolResult } from '../../contracts/said.ts';
import { answered } from '../session/facts.ts';

/** Messages for the next call. Results of one turn stand in the order of their calls, in whatever order they ended. */
export function promptOf(transcript: readonly Said[]): ModelMessage[] {
  const messages: ModelMessage[] = [];
  let results: ToolResult[] = [];
  const flush = (): void => {
    if (results.length > 0) messages.push({ role: 'tool', content: results.sort((a, b) => a.call - b.call).map(resultPart) });
    results = [];
  };
  for (const said of transcript) {
    if (said.kind === 'result') {
      results.push(said);
      continue;
    }
    flush();
    if (said.kind === 'prompt' || said.kind === 'note') messages.push({ role: 'user', content: said.text });
    else if (said.kind === 'mail') messages.push({ role: 'user', content: `Message from ${said.from}: ${said.text}` });
    // Providers refuse a message that says nothing.
    else if (said.kind === 'reply' && !answered(said).isEmpty) messages.push(...(said.messages as ModelMessage[]));
  }
  flush();
  return messages;
}

const resultPart = ({ id, tool, text, how }: ToolResult) => ({
  type: 'tool-result' as const,
  toolCallId: id,
  toolName: tool,
  output: how === 'ok' ? { type: 'text' as const, value: text } : { type: 'error-text' as const, value: text },
});
