// A session's specification: put into the store before the session is started, read by whoever works for it.
import type { SessionSpec } from '../../contracts/session.ts';
import type { Store } from '../../store/store.ts';

/** Returns the digest that names the specification. */
export const putSpec = (store: Store, spec: SessionSpec): Promise<string> =>
  store.blobs.put({ bytes: new TextEncoder().encode(JSON.stringify(spec)) });

export async function readSpec(store: Store, digest: string): Promise<SessionSpec> {
  const bytes = await store.blobs.get({ digest });
  if (bytes === undefined) throw new Error(`The store has no session specification ${digest}.`);
  return JSON.parse(new TextDecoder().decode(bytes)) as SessionSpec;
}
