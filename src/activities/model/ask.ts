// One model call. It never retries by itself: Temporal does. A provider that is busy or broken is an exception and tried again; one that
// refuses, or says nothing for too long, is a value.
import { ApplicationFailure } from '@temporalio/common';
import {
  APICallError,
  LoadAPIKeyError,
  streamText,
  type LanguageModel,
  type LanguageModelUsage,
  type ModelMessage,
  type ToolSet,
} from 'ai';
import type { Reply, Usage } from '../../contracts/said.ts';

export interface Question {
  readonly model: LanguageModel;
  readonly system: string;
  readonly messages: ModelMessage[];
  readonly tools: ToolSet;
  readonly stallSeconds: number;
  /** Ends the call; the answer is then its reason, thrown. */
  readonly cancelled: AbortSignal;
  /** Called with each piece of text, for whoever watches. */
  readonly heard: (text: string) => void;
}

export type Answer =
  | ({ readonly kind: 'reply' } & Pick<Reply, 'messages' | 'calls' | 'finish' | 'usage'>)
  | { readonly kind: 'silent' | 'refused'; readonly because: string };

/** Anthropic wants to be told, and of a model that it does not know the SDK would ask for 4,096; that of a smaller one stays smaller. */
const MOST_OUTPUT_TOKENS = 32_000;

export async function ask(question: Question): Promise<Answer> {
  const { model, system, messages, tools, stallSeconds, cancelled, heard } = question;
  // The SDK's own limit for silence begins with the response's headers; ours with the request.
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), stallSeconds * 1000);
  const stream = streamText({
    model,
    instructions: system,
    messages,
    tools,
    maxRetries: 0,
    ...(typeof model === 'object' && model.provider.startsWith('anthropic') ? { maxOutputTokens: MOST_OUTPUT_TOKENS } : {}),
    // Prompts only grow, so each call reads the one before from the cache. Other providers do so without being asked.
    providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } },
    abortSignal: AbortSignal.any([cancelled, silence.signal]),
    // Errors are read from the stream, below; by default they are also printed.
    onError: () => undefined,
  });
  try {
    for await (const part of stream.stream) {
      timer.refresh();
      if (part.type === 'text-delta') heard(part.text);
      if (part.type === 'error') return refusal(part.error);
      if (part.type === 'abort') {
        cancelled.throwIfAborted();
        return { kind: 'silent', because: `The model said nothing for ${stallSeconds} s.` };
      }
    }
  } finally {
    clearTimeout(timer);
  }
  const [said, calls, usage, finish] = await Promise.all([
    stream.responseMessages,
    stream.toolCalls,
    stream.totalUsage,
    stream.finishReason,
  ]);
  return {
    kind: 'reply',
    // Calls that the SDK finds invalid come with its own results; ours are the only ones.
    messages: said.filter(({ role }) => role === 'assistant'),
    calls: calls.map(({ toolCallId, toolName, input }) => ({ id: toolCallId, tool: toolName, input: input as unknown })),
    finish: finish === 'length' ? 'cut' : finish === 'content-filter' ? 'refused' : 'done',
    usage: usageOf(usage),
  };
}

/** Providers count cached input within the input; here each token is counted once. */
function usageOf({ inputTokens = 0, outputTokens = 0, inputTokenDetails: details }: LanguageModelUsage): Usage {
  const cacheRead = details.cacheReadTokens ?? 0;
  const cacheWrite = details.cacheWriteTokens ?? 0;
  return { input: Math.max(0, inputTokens - cacheRead - cacheWrite), output: outputTokens, cacheRead, cacheWrite };
}

/** What the provider will say again is a refusal; everything else may be better next time. */
function refusal(error: unknown): Answer {
  if (LoadAPIKeyError.isInstance(error))
    return { kind: 'refused', because: `${error.message} It has to be set where "signalbox up" is called; call it again then.` };
  if (!APICallError.isInstance(error)) throw error;
  const because = `${error.statusCode ?? 'No answer'}: ${error.message}`.slice(0, 500);
  if (!error.isRetryable) return { kind: 'refused', because };
  const seconds = Number(error.responseHeaders?.['retry-after']);
  throw ApplicationFailure.create({
    message: because,
    type: 'ProviderUnavailable',
    ...(seconds > 0 ? { nextRetryDelay: seconds * 1000 } : {}),
  });
}
