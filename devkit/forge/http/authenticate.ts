// Who is calling: the token of the Authorization header, in any of the ways that GitHub's clients and git send it.
import type { IncomingMessage } from 'node:http';
import type { Reader } from '../state/state.ts';
import type { User } from '../state/records.ts';

export type Caller = { readonly user: User; readonly secret: string } | 'anonymous' | 'bad credentials';

/** git sends the token as a password (or, as GitHub allows, as the user name); API clients as `token` or `Bearer`. */
export function callerOf(request: IncomingMessage, state: Reader): Caller {
  const header = request.headers.authorization;
  if (header === undefined) return 'anonymous';
  const [scheme = '', value = ''] = header.split(/\s+/, 2);
  const secrets = scheme.toLowerCase() === 'basic' ? fromBasic(value) : [value];
  for (const secret of secrets) {
    const token = secret === '' ? undefined : state.first('token', 'secret', secret);
    if (token !== undefined) return { secret, user: state.need('user', token.userId) };
  }
  return 'bad credentials';
}

function fromBasic(value: string): string[] {
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? [pair] : [pair.slice(colon + 1), pair.slice(0, colon)];
}
