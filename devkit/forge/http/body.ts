// What a request brings: its address, and its body up to a limit.
import type { IncomingMessage } from 'node:http';
import type { Forge } from '../forge.ts';
import { Refusal } from './reply.ts';

/** For so long, in ms, what is above a limit is thrown away as it comes, so that the client gets to hear why it is refused. */
const DISCARDS_FOR_MS = 10_000;

/** What a client asked for is never resolved: `//host/path` is a path. The server has refused what does not begin with a slash. */
export const urlOf = (forge: Forge, request: IncomingMessage): URL => new URL(forge.url + (request.url ?? '/'));

/** The chunks of a body; what is above the limit is not kept, and refused once it has gone by. */
export async function* bounded(request: IncomingMessage, limitBytes: number): AsyncGenerator<Buffer> {
  let length = 0;
  let patience = Infinity;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= limitBytes) yield chunk;
    else patience = Math.min(patience, Date.now() + DISCARDS_FOR_MS);
    if (Date.now() > patience) break;
  }
  if (length > limitBytes) throw new Refusal(413, `The body is larger than ${limitBytes} bytes.`, {}, { connection: 'close' });
}

export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bounded(request, limitBytes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The JSON object of a body; undefined for an empty one. GitHub takes objects, and lists of labels and the like. */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new Refusal(400, 'Problems parsing JSON');
  }
  if (value === null) return undefined;
  if (typeof value !== 'object') throw new Refusal(400, 'Body should be a JSON object');
  return value;
}
