// Texts and facts that are too large for a history: in the store, under their digests.
import type { Store } from '../../store/store.ts';

export const putText = (store: Store, text: string): Promise<string> => store.blobs.put({ bytes: new TextEncoder().encode(text) });

export const putJson = (store: Store, value: unknown): Promise<string> => putText(store, JSON.stringify(value));

export async function getText(store: Store, digest: string): Promise<string> {
  const bytes = await store.blobs.get({ digest });
  if (bytes === undefined) throw new Error(`The store has nothing under ${digest}.`);
  return new TextDecoder().decode(bytes);
}

/** What `putJson` kept, as the caller knows its type. */
export const getJson = async <T>(store: Store, digest: string): Promise<T> => JSON.parse(await getText(store, digest)) as T;
