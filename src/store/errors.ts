// What can go wrong with the store itself. The code survives the way out of the store's thread.

export type StoreErrorCode =
  /** Another process held the lock for longer than the busy timeout. Nothing was written; try again. */
  | 'STORE_BUSY'
  /** The store was closed, or its thread is gone. What was under way may have been written. */
  | 'STORE_CLOSED'
  /** Written by a newer Signalbox. */
  | 'STORE_SCHEMA_NEWER'
  /** Migrations are missing. */
  | 'STORE_SCHEMA_INCOMPLETE'
  /** The file is a database, but not one of Signalbox's. */
  | 'STORE_FOREIGN'
  /** The caller broke a rule of the operation: a bug, not a condition. */
  | 'STORE_MISUSED'
  /** Anything else that the database says: disk full, file unreadable. */
  | 'STORE_FAILED';

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

const SQLITE_BUSY = 5;

/** Gives errors of the database the store's codes. What it does not know is a bug and stays as it is. */
export function asStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error;
  // The low byte is the primary code: SQLITE_BUSY_SNAPSHOT and its like are SQLITE_BUSY.
  if ((error.errcode & 0xff) === SQLITE_BUSY)
    return new StoreError('STORE_BUSY', 'The store was locked by another process for longer than the busy timeout.', { cause: error });
  return new StoreError('STORE_FAILED', `The store failed: ${error.message}.`, { cause: error });
}
