// Who does something, and the transaction in which it is written down: what every function of the domain that changes a thing is given.
import type { Forge } from '../forge.ts';
import type { User } from '../state/records.ts';
import type { Transaction } from '../state/state.ts';

export interface Scene {
  readonly forge: Forge;
  readonly transaction: Transaction;
  readonly actor: User;
}
