// Adds a person (or a bot) with a token of their own.
import { randomBytes } from 'node:crypto';
import type { Transaction } from '../state/state.ts';
import type { User } from '../state/records.ts';

export interface NewUser {
  readonly login: string;
  readonly id: number;
  readonly token: string;
}

export function createUser(transaction: Transaction, login: string, type: User['type']): NewUser {
  const user = transaction.add('user', { login, type, email: `${login}@users.noreply.forge.local`, createdAt: Date.now() });
  const { secret } = transaction.add('token', {
    userId: user.id,
    secret: `ghp_${randomBytes(27).toString('base64url').replace(/[-_]/g, '0')}`,
  });
  transaction.effect({ kind: 'user.created', actor: login, repository: null, subject: login, details: { type } });
  return { login, id: user.id, token: secret };
}
