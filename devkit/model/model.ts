// A model that follows a script, over the providers' own wire formats (streaming, usage and errors included). What it answers is a pure
// function of the conversation so far, so a call that is made again gets the same answer.
import { LLMock, type ChatCompletionRequest, type FixtureResponse } from '@copilotkit/aimock';

export interface Conversation {
  /** Answers of the model so far. */
  readonly turn: number;
  readonly messages: readonly { readonly role: string; readonly text: string }[];
  /** That of the session, from the first line of its system prompt; null where it names none. */
  readonly playbook: string | null;
  /** What the user said first. */
  readonly prompt: string;
}

export type Step =
  | Answer
  /** The connection breaks after this many pieces of the answer. Only from a script that answers at once, not by a promise. */
  | (Answer & { readonly breakAfter: number })
  /** An error of the provider. */
  | { readonly status: number; readonly retryAfterSeconds?: number }
  /** Says nothing until the server stops. */
  | 'silence';

export interface Answer {
  readonly say?: string;
  /** A text as `input` is sent as it is, for arguments that are no JSON (OpenAI's wire only). */
  readonly call?: readonly { readonly tool: string; readonly input: unknown }[];
  readonly tokens?: number;
  /** `cut`: at the limit of what one answer may be long. `refused`: by the model's rules of safety. */
  readonly finish?: 'cut' | 'refused';
}

export type Script = (conversation: Conversation) => Step | Promise<Step>;

export interface ScriptedModel {
  /** Root of the endpoints: `ANTHROPIC_BASE_URL` as it is, `OPENAI_BASE_URL` with /v1. */
  readonly url: string;
  /** Every request so far, as it came (normalised to chat messages). */
  requests(): readonly ChatCompletionRequest[];
  stop(): Promise<void>;
}

export interface ModelOptions {
  readonly port?: number;
  /** Default: true. Long measurements send gigabytes. */
  readonly keepRequests?: boolean;
}

/** After how many pieces a connection can break. */
const BREAKS = [1, 2, 3, 4, 5, 6, 7, 8];

/** Starts a server on 127.0.0.1. */
export async function startModel(script: Script, options: ModelOptions = {}): Promise<ScriptedModel> {
  const { promise: stopping, resolve: wake } = Promise.withResolvers<undefined>();
  const requests: ChatCompletionRequest[] = [];
  const { port = 0, keepRequests = true } = options;
  const mock = new LLMock({ host: '127.0.0.1', port, logLevel: 'silent', ...(keepRequests ? {} : { journalMaxEntries: 1 }) });
  // Asked once for each request; aimock decides whether a connection breaks before it asks for the answer.
  const steps = new WeakMap<ChatCompletionRequest, Step | Promise<Step>>();
  const stepFor = (request: ChatCompletionRequest): Step | Promise<Step> => {
    const known = steps.get(request);
    if (known !== undefined) return known;
    if (keepRequests) requests.push(request);
    const step = script(conversationOf(request));
    steps.set(request, step);
    return step;
  };
  const answer = async (request: ChatCompletionRequest): Promise<FixtureResponse> => {
    const conversation = conversationOf(request);
    const step = await stepFor(request);
    if (step === 'silence') {
      await stopping;
      return { error: { message: 'The scripted model was stopped.' }, status: 503 };
    }
    if ('status' in step) return errorOf(step.status, step.retryAfterSeconds);
    return responseOf(step, conversation.turn);
  };
  for (const pieces of BREAKS)
    mock.on({ predicate: (request) => breaksAfter(stepFor(request)) === pieces }, answer, { truncateAfterChunks: pieces });
  mock.on({ predicate: () => true }, answer);
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

const breaksAfter = (step: Step | Promise<Step>): number | undefined =>
  typeof step === 'object' && 'breakAfter' in step ? step.breakAfter : undefined;

function responseOf({ say, call = [], tokens = 100, finish }: Answer, turn: number): FixtureResponse {
  const usage = { prompt_tokens: tokens - 10, completion_tokens: 10, total_tokens: tokens, input_tokens: tokens - 10, output_tokens: 10 };
  // Both in Anthropic's words and in OpenAI's.
  const common = { usage, ...(finish === undefined ? {} : { finishReason: finish === 'cut' ? 'length' : 'refusal' }) };
  const toolCalls = call.map(({ tool, input }, at) => ({
    id: `call_${turn}_${at}`,
    name: tool,
    arguments: typeof input === 'string' ? input : JSON.stringify(input),
  }));
  if (toolCalls.length === 0) return { content: say ?? 'Done.', ...common };
  return { ...(say === undefined ? {} : { content: say }), toolCalls, ...common };
}

function conversationOf(request: ChatCompletionRequest): Conversation {
  const messages = request.messages.map(({ role, content }) => ({
    role,
    text: typeof content === 'string' ? content : (content ?? []).map(({ text }) => text ?? '').join(''),
  }));
  const first = (...roles: string[]): string => messages.find(({ role }) => roles.includes(role))?.text ?? '';
  return {
    turn: messages.filter(({ role }) => role === 'assistant').length,
    messages,
    playbook: /^Signalbox playbook: (.+)$/m.exec(first('system', 'developer'))?.[1] ?? null,
    prompt: first('user'),
  };
}

const errorOf = (status: number, retryAfter: number | undefined): FixtureResponse => ({
  error: { message: `Scripted error ${status}.`, type: status === 429 ? 'rate_limit_error' : 'api_error' },
  status,
  ...(retryAfter === undefined ? {} : { retryAfter }),
});
