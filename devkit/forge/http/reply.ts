// What a handler answers: a reply as a value, or a refusal that unwinds the handler (and rolls its transaction back).

export interface Reply {
  readonly status: number;
  /** JSON, unless it is a string or bytes, which go out as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown, location?: string): Reply => ({
  status: 201,
  body,
  ...(location === undefined ? {} : { headers: { location } }),
});
export const accepted = (body: unknown): Reply => ({ status: 202, body });
export const noContent = (): Reply => ({ status: 204 });
export const found = (location: string): Reply => ({ status: 302, headers: { location } });
export const text = (body: string | Uint8Array, type: string): Reply => ({ status: 200, body, headers: { 'content-type': type } });

/** One thing wrong with a request, as GitHub lists them under `errors`. */
export interface Problem {
  readonly resource: string;
  readonly field?: string;
  readonly code: 'missing' | 'missing_field' | 'invalid' | 'already_exists' | 'unprocessable' | 'custom';
  readonly message?: string;
  readonly value?: unknown;
}

export class Refusal extends Error {
  readonly reply: Reply;
  constructor(
    status: number,
    message: string,
    extra: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.reply = {
      status,
      body: { message, ...extra, documentation_url: 'https://docs.github.com/rest', status: String(status) },
      headers,
    };
  }
}

export const notFound = (): Refusal => new Refusal(404, 'Not Found');
export const forbidden = (message: string): Refusal => new Refusal(403, message);
export const conflict = (message: string): Refusal => new Refusal(409, message);
export const notAllowed = (message: string): Refusal => new Refusal(405, message);
/** 422 with a sentence of its own. */
export const unprocessable = (message: string, errors?: readonly (Problem | string)[]): Refusal =>
  new Refusal(422, message, errors === undefined ? {} : { errors });
/** 422 as GitHub says it when a field does not hold. */
export const invalid = (...problems: Problem[]): Refusal => unprocessable('Validation Failed', problems);

/** What a change in an archived repository is refused with. */
export const ARCHIVED = 'Repository was archived so is read-only.';
