// Wakes who waits because an account was refused, once it answers again: at the start of a worker, because so a token is set anew, and whenever
// a look shows it. Each looks by itself whether it can go on; one that is not woken looks in a while anyway.
import type { Client } from '@temporalio/client';
import { isAccessItem } from '../../contracts/refusal.ts';
import type { Store } from '../../store/store.ts';
import { wakeIfRunning } from '../merge-lane/wake.ts';
import type { Accounts } from './accounts.ts';
import { refusalIn } from './refusal-in.ts';

interface RecoveryDeps {
  readonly store: Pick<Store, 'outbox'>;
  readonly client: Client;
  readonly accounts: Accounts;
}

/** A round; returns how many it has woken. */
export function createRecovery({ store, client, accounts }: RecoveryDeps): () => Promise<number> {
  /** As of the round before; undefined before the first. */
  let refused: ReadonlySet<string> | undefined;
  return async () => {
    const items = (await store.outbox.waiting({})).filter(({ id }) => isAccessItem(id));
    if (items.length === 0 && refused !== undefined) return 0;
    const now = new Set<string>();
    for (const { whose, forge } of accounts.all()) {
      try {
        await forge().account();
      } catch (error) {
        if (refusalIn(error)?.reason === 'token') now.add(whose?.identity ?? '');
      }
    }
    const isBack = refused === undefined || [...refused].some((name) => !now.has(name));
    refused = now;
    const waiting = isBack ? [...new Set(items.map(({ askedBy }) => askedBy))] : [];
    for (const workflow of waiting) await wakeIfRunning(client, workflow);
    return waiting.length;
  };
}
