// Reads the body of a request, up to a limit.
import type { IncomingMessage } from 'node:http';
import { Refusal } from './reply.ts';

export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limitBytes) {
      request.unpipe();
      throw new Refusal(413, `The body is larger than ${limitBytes} bytes.`, {}, { connection: 'close' });
    }
    chunks.push(chunk);
  }
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
