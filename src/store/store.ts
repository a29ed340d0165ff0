// The store as the rooms above see it: named operations, each all or nothing, that know neither database nor thread. No secret gets in:
// transcripts, mail, decisions, events and the ledger are redacted at this door (bytes are not looked into).
import { redactor, type Redact } from '../secrets/redact.ts';
import type { Operation } from './operation.ts';
import { operations } from './operations/index.ts';

type Operations = typeof operations;
type Call<O> = O extends Operation<infer Input, infer Output> ? (input: Input) => Promise<Output> : never;

export type Store = {
  readonly [Area in keyof Operations]: { readonly [Name in keyof Operations[Area]]: Call<Operations[Area][Name]> };
} & {
  /** A value as the store would keep it. */
  readonly redacted: Redact;
  /** Waits for what is under way. Calls after it fail with STORE_CLOSED. */
  readonly close: () => Promise<void>;
};

/** Whatever runs operations by their names. */
export interface Backend {
  readonly dispatch: (area: string, name: string, input: unknown) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

export function storeOn({ dispatch, close }: Backend, redacted: Redact = redactor([])): Store {
  const areas = Object.entries(operations).map(([area, named]) => [
    area,
    Object.fromEntries(Object.keys(named).map((name) => [name, (input: unknown) => dispatch(area, name, redacted(input))])),
  ]);
  return { ...(Object.fromEntries(areas) as Omit<Store, 'close' | 'redacted'>), redacted, close };
}
