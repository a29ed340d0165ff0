// A session's specification: put into the store before the session is started, read by whoever works for it.
import { DEFAULT_SESSION_LIMITS, type SessionSpec } from '../../contracts/session.ts';
import type { Store } from '../../store/store.ts';

/** Returns the digest that names the specification. Prompts come out of it, so secrets are taken out here. */
export const putSpec = (store: Store, spec: SessionSpec): Promise<string> =>
  store.blobs.put({ bytes: new TextEncoder().encode(JSON.stringify(store.redacted(spec))) });

/** Specifications never change, and every step of a session wants its own: those of the last sessions are kept. */
const MOST_KEPT = 200;

/** How a process reads specifications by their digests. */
export function createSpecs(store: Store): (digest: string) => Promise<SessionSpec> {
  const kept = new Map<string, SessionSpec>();
  return async (digest) => {
    const known = kept.get(digest);
    if (known !== undefined) return known;
    const bytes = await store.blobs.get({ digest });
    if (bytes === undefined) throw new Error(`The store has no session specification ${digest}.`);
    const read = JSON.parse(new TextDecoder().decode(bytes)) as SessionSpec;
    // One that was made by an older version may lack a limit.
    const spec: SessionSpec = { ...read, limits: { ...DEFAULT_SESSION_LIMITS, ...read.limits } };
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(digest, spec);
    return spec;
  };
}
