// What passes between the store's thread and the one that opened it. Errors lose their class on the way, so they are packed by hand.
import { asStoreError, StoreError, type StoreErrorCode } from './errors.ts';

export interface ThreadOptions {
  readonly path: string;
  readonly migrate: boolean;
  readonly busyTimeoutMs: number;
}

export interface Request {
  readonly id: number;
  readonly call: 'close' | { readonly area: string; readonly name: string; readonly input: unknown };
}

/** Answers carry the number of their request; 0 is the opening of the store. */
export type Reply = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: PackedError };

export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: StoreErrorCode | undefined;
}

export function packError(thrown: unknown): PackedError {
  const error = asStoreError(thrown);
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined, code: undefined };
  return { name: error.name, message: error.message, stack: error.stack, code: error instanceof StoreError ? error.code : undefined };
}

export function unpackError({ name, message, stack, code }: PackedError): Error {
  const error = code === undefined ? Object.assign(new Error(message), { name }) : new StoreError(code, message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
