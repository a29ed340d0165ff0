// A model that follows a script, over the providers' own wire formats (streaming, usage and errors included). What it answers is a pure
// function of the conversation so far, so a call that is made again gets the same answer.
import { LLMock, type ChatCompletionRequest, type FixtureResponse } from '@copilotkit/aimock';

export interface Conversation {
  /** Answers of the model so far. */
  readonly turn: number;
  readonly messages: readonly { readonly role: string; readonly text: string }[];
}

export type Step =
  | { readonly say?: string; readonly call?: readonly { readonly tool: string; readonly input: unknown }[]; readonly tokens?: number }
  /** An error of the provider. */
  | { readonly status: number; readonly retryAfterSeconds?: number }
  /** Says nothing until the server stops. */
  | 'silence';

export type Script = (conversation: Conversation) => Step | Promise<Step>;

export interface ScriptedModel {
  /** Root of the endpoints: `ANTHROPIC_BASE_URL` as it is, `OPENAI_BASE_URL` with /v1. */
  readonly url: string;
  /** Every request so far, as it came (normalised to chat messages). */
  requests(): readonly ChatCompletionRequest[];
  stop(): Promise<void>;
}

/** Starts a server on 127.0.0.1. */
export async function startModel(script: Script, options: { readonly port?: number } = {}): Promise<ScriptedModel> {
  const { promise: stopping, resolve: wake } = Promise.withResolvers<undefined>();
  const requests: ChatCompletionRequest[] = [];
  const mock = new LLMock({ host: '127.0.0.1', port: options.port ?? 0, logLevel: 'silent' });
  mock.on({ predicate: () => true }, async (request): Promise<FixtureResponse> => {
    requests.push(request);
    const conversation = conversationOf(request);
    const step = await script(conversation);
    if (step === 'silence') {
      await stopping;
      return { error: { message: 'The scripted model was stopped.' }, status: 503 };
    }
    if ('status' in step) return errorOf(step.status, step.retryAfterSeconds);
    const { say, call = [], tokens = 100 } = step;
    const usage = { prompt_tokens: tokens - 10, completion_tokens: 10, total_tokens: tokens, input_tokens: tokens - 10, output_tokens: 10 };
    const toolCalls = call.map(({ tool, input }, at) => ({
      id: `call_${conversation.turn}_${at}`,
      name: tool,
      arguments: JSON.stringify(input),
    }));
    if (toolCalls.length === 0) return { content: say ?? 'Done.', usage };
    return { ...(say === undefined ? {} : { content: say }), toolCalls, usage };
  });
  await mock.start();
  return {
    url: mock.url,
    requests: () => requests,
    async stop() {
      wake(undefined);
      await mock.stop();
    },
  };
}

function conversationOf({ messages }: ChatCompletionRequest): Conversation {
  return {
    turn: messages.filter(({ role }) => role === 'assistant').length,
    messages: messages.map(({ role, content }) => ({
      role,
      text: typeof content === 'string' ? content : (content ?? []).map(({ text }) => text ?? '').join(''),
    })),
  };
}

const errorOf = (status: number, retryAfter: number | undefined): FixtureResponse => ({
  error: { message: `Scripted error ${status}.`, type: status === 429 ? 'rate_limit_error' : 'api_error' },
  status,
  ...(retryAfter === undefined ? {} : { retryAfter }),
});
