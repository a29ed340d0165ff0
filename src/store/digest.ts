// Content addresses. Two values with the same digest are the same facts, so keys are ordered first.
import { createHash } from 'node:crypto';

/** SHA-256, hexadecimal. */
export function digestOfBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Digest of a JSON value, independent of the order of its keys. */
export function digestOf(value: unknown): string {
  return digestOfBytes(canonicalBytes(value));
}

/** The JSON text of which a digest is taken. */
export function canonicalBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value, orderKeys));
}

function orderKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
