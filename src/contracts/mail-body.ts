// Whatever a person types as a signal's payload becomes the body of a mail. Pure, and it never throws: one bad signal would fail the
// workflow's task for ever, and then not even cancellation reaches it.

/** Global in Node, in browsers and in the workflow sandbox; this room compiles with the types of none of them. */
declare const TextDecoder: new () => { decode(bytes: ArrayBufferView): string };

export interface MailBody {
  readonly text: string;
}

const MAX_CHARACTERS = 100_000;

/** Takes any JSON, text, bytes, or nothing; `{ text: … }`, `{ message: … }` and `{ body: … }` mean their text. */
export function toMailBody(payload: unknown): MailBody {
  const text = textOf(payload);
  return { text: text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)} […cut]` : text };
}

function textOf(payload: unknown): string {
  if (payload === undefined || payload === null) return '';
  if (typeof payload === 'string') return payload;
  // Not `instanceof`: bytes may come out of another realm than the workflow's.
  if (ArrayBuffer.isView(payload)) return new TextDecoder().decode(payload);
  if (typeof payload === 'object') {
    for (const name of ['text', 'message', 'body']) {
      const inner = own(payload, name);
      if (typeof inner === 'string') return inner;
    }
  }
  return asJson(payload);
}

/** A getter of something odd may throw; then there is no text there. */
function own(value: object, name: string): unknown {
  try {
    return (value as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

/** Circular values, bigints and functions have no JSON; what they say of themselves has to do. */
function asJson(value: unknown): string {
  try {
    const json = JSON.stringify(value) as string | undefined;
    return json ?? String(value);
  } catch {
    return describe(value);
  }
}

function describe(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'something that has no text';
  }
}
