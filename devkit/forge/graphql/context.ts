// What every view and mutation of one GraphQL request works with. A view is a plain object with a property for each field of its type: a value,
// or a function of the field's arguments, called only if the field is asked for.
import type { Forge } from '../forge.ts';
import type { User } from '../state/records.ts';
import type { Counted } from '../http/rate-limits.ts';
import type { Reader } from '../state/state.ts';
import type { Views } from './views.ts';

export interface Context {
  readonly forge: Forge;
  /** To read from; in a query that asks for lists, the state as it was a moment ago. */
  readonly state: Reader;
  readonly viewer: User;
  readonly views: Views;
  readonly rateKey: Counted;
  /** Points that the request costs, and nodes that it may return. */
  readonly cost: { readonly points: number; readonly nodes: number };
}

export type View = Readonly<Record<string, unknown>>;
