// Every store that Signalbox can run on, for the one suite that all of them have to pass.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDirect } from '../../src/store/direct.ts';
import { openStore } from '../../src/store/open.ts';
import { sqliteDialect } from '../../src/store/sqlite.ts';
import { storeOn, type Store } from '../../src/store/store.ts';

export interface TestStore {
  readonly store: Store;
  /** Removes everything that it kept. */
  readonly dispose: () => Promise<void>;
}

export const backends: readonly { readonly name: string; readonly open: () => Promise<TestStore> }[] = [
  {
    name: 'SQLite in its thread',
    open: async () => {
      const directory = await mkdtemp(join(tmpdir(), 'signalbox-store-'));
      const store = await openStore({ path: join(directory, 'store.db'), migrate: true });
      return {
        store,
        dispose: async () => {
          await store.close();
          await rm(directory, { recursive: true });
        },
      };
    },
  },
];

/** A store in memory whose clock the test moves. For properties over many steps; not shared with other processes. */
export async function memoryStore(): Promise<{ readonly store: Store; readonly clock: { now: number } }> {
  const clock = { now: 1_000_000 };
  const backend = await openDirect({ dialect: sqliteDialect(':memory:', 0), migrate: true, clock: () => clock.now });
  return { store: storeOn(backend), clock };
}
