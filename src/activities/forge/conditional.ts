// Asks for what was read before with the tag that it had then: where it is the same, the forge says so, which costs no quota, and the answer
// of then is given again. So an answer is always the one of now. What is remembered is bounded, and gone with the process.

interface Answer {
  readonly tag: string;
  readonly body: string;
  readonly headers: readonly (readonly [string, string])[];
}

export interface Answers {
  get(key: string): Answer | undefined;
  keep(key: string, answer: Answer): void;
}

/** Characters of all answers together. */
const MOST_CHARACTERS = 48_000_000;
/** An answer that is larger is not worth its place. */
const LARGEST = 1_000_000;

/** The answers of one token: what one may see, another may not. */
export function createAnswers(most = MOST_CHARACTERS): Answers {
  const known = new Map<string, Answer>();
  let size = 0;
  const forget = (key: string): void => {
    size -= known.get(key)?.body.length ?? 0;
    known.delete(key);
  };
  return {
    get(key) {
      const answer = known.get(key);
      if (answer === undefined) return undefined;
      // The newest last: the oldest goes first.
      known.delete(key);
      known.set(key, answer);
      return answer;
    },
    keep(key, answer) {
      forget(key);
      known.set(key, answer);
      size += answer.body.length;
      for (const oldest of known.keys()) {
        if (size <= most) return;
        forget(oldest);
      }
    },
  };
}

export function conditional(send: typeof fetch, answers: Answers): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    if (typeof input !== 'string' || (init?.method ?? 'GET') !== 'GET' || headers.has('if-none-match')) return send(input, init);
    const key = `${headers.get('accept') ?? ''} ${input}`;
    const before = answers.get(key);
    if (before !== undefined) headers.set('if-none-match', before.tag);
    const response = await send(input, { ...init, headers });
    if (response.status === 304 && before !== undefined) return respond(before, response);
    const tag = response.headers.get('etag');
    if (response.status !== 200 || tag === null || !isText(response)) return response;
    const body = await response.text();
    const answer: Answer = { tag, body, headers: [...response.headers].filter(([name]) => !OF_THE_WIRE.has(name)) };
    if (body.length <= LARGEST) answers.keep(key, answer);
    return respond(answer, response);
  };
}

/** They say how the bytes came, not what they mean. */
const OF_THE_WIRE = new Set(['content-length', 'content-encoding', 'transfer-encoding', 'connection']);

const isText = ({ headers }: Response): boolean => (headers.get('content-type') ?? '').startsWith('application/json');

/** The body of then, with what the forge says now: its time, what is left of the quota. */
function respond({ body, headers: before }: Answer, { url, headers: now }: Response): Response {
  const headers = new Headers(before.map(([name, value]): [string, string] => [name, value]));
  for (const [name, value] of now) if (!OF_THE_WIRE.has(name)) headers.set(name, value);
  const response = new Response(body, { status: 200, headers });
  Object.defineProperty(response, 'url', { value: url });
  return response;
}
