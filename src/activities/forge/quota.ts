// What the forge has said last of what is left to us, by whichever process asked.
import { scarcest, type Quota } from '../../policies/quota.ts';
import type { Store } from '../../store/store.ts';
import { COUNTED } from './github/client.ts';

/** Null where nothing is known, or the hour that it was known for is over. */
export async function quotaNow(store: Pick<Store, 'forgeUse'>): Promise<Quota | null> {
  const quotas = (await store.forgeUse.quotas({})).filter(({ resource }) => COUNTED.includes(resource));
  return scarcest(
    quotas.map(({ most, remaining, resetsAt }) => ({
      most,
      remaining,
      resetsInSeconds: Math.max(0, Math.ceil((resetsAt - Date.now()) / 1_000)),
    })),
  );
}
