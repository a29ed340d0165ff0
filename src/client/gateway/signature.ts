// Whether a webhook comes from who knows the secret: over the raw bytes, in a time that tells nothing about how far a guess was right.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** @param header value of `x-hub-signature-256` */
export function isSigned(secret: string, bytes: Uint8Array, header: string | undefined): boolean {
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`);
  const given = Buffer.from(header ?? '');
  return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
}

/** Names a message that comes without a name: the same bytes are the same message. */
export const digestOfBytes = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
