// An operation of the store: one short transaction. It gets the database and its input, and awaits nothing else: a lock is held meanwhile.
import type { Transaction } from 'kysely';
import type { Database } from './schema.ts';

/** The open transaction, and the time at which it began (milliseconds since 1970), so that one operation has one time. */
export interface Scope {
  readonly db: Transaction<Database>;
  readonly now: number;
}

export interface Operation<Input, Output> {
  readonly access: 'read only' | 'read write';
  readonly run: (scope: Scope, input: Input) => Promise<Output>;
}

export function read<Input, Output>(run: (scope: Scope, input: Input) => Promise<Output>): Operation<Input, Output> {
  return { access: 'read only', run };
}

export function write<Input, Output>(run: (scope: Scope, input: Input) => Promise<Output>): Operation<Input, Output> {
  return { access: 'read write', run };
}
