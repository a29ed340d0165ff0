// Writes a reply: JSON, entity tag and 304, and the headers that GitHub puts on everything.
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Reply } from './reply.ts';

type Headers = Readonly<Record<string, string>>;

/** @param more headers that depend on the status that is sent: 304 when the client has this very answer already */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  more: (status: number) => Headers = () => ({}),
): void {
  const { bytes, type } = encode(reply.body);
  const isCacheable = reply.status === 200 && bytes !== undefined && (request.method === 'GET' || request.method === 'HEAD');
  const link = reply.headers?.['link'] ?? '';
  const tag = isCacheable ? `W/"${createHash('sha256').update(bytes).update(link).digest('hex')}"` : undefined;
  const status = tag !== undefined && matches(request.headers['if-none-match'], tag) ? 304 : reply.status;
  const isEmpty = status === 204 || status === 304;
  response.writeHead(status, {
    server: 'signalbox-forge',
    'x-github-request-id': randomBytes(12).toString('hex').toUpperCase(),
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': '2022-11-28',
    'cache-control': 'private, max-age=60, s-maxage=60',
    vary: 'Accept, Authorization, Cookie, X-GitHub-OTP',
    ...(tag === undefined ? {} : { etag: tag }),
    ...(isEmpty ? {} : { 'content-length': String(bytes?.length ?? 0) }),
    ...(isEmpty || type === undefined ? {} : { 'content-type': type }),
    ...more(status),
    ...reply.headers,
  });
  response.end(isEmpty || request.method === 'HEAD' ? undefined : bytes);
}

/** Text and bytes go out as they are, under the content type that their reply names. */
function encode(body: unknown): { bytes?: Buffer; type?: string } {
  if (body === undefined) return {};
  if (typeof body === 'string') return { bytes: Buffer.from(body) };
  if (body instanceof Uint8Array) return { bytes: Buffer.from(body) };
  return { bytes: Buffer.from(JSON.stringify(body)), type: 'application/json; charset=utf-8' };
}

const matches = (header: string | undefined, tag: string): boolean =>
  header?.split(',').some((candidate) => candidate.trim() === '*' || weak(candidate.trim()) === weak(tag)) ?? false;

const weak = (tag: string): string => tag.replace(/^W\//, '');
