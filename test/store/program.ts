// A process of its own that uses a store as its parent tells it; what it may do is named in `actions`. It says each outcome to its parent.
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pass } from 'node:timers/promises';
import { openStore } from '../../src/store/open.ts';

export interface Task {
  readonly path: string;
  readonly action: keyof typeof actions;
  readonly name: string;
}

const say = (message: unknown): void => void process.send?.(message);
const letter = { to: 'task/1', kind: 'tell', body: 'x' } as const;

const actions = {
  /** Takes the database's lock, says so, and keeps it for three seconds. */
  lock: async ({ path }: Task) => {
    const database = new DatabaseSync(path);
    database.exec('begin immediate');
    say({ locked: true });
    await pass(3000);
    database.exec('commit');
    database.close();
  },

  /** Starts as everything starts, and claims one key that all others want, too. */
  startAndClaim: async ({ path, name }: Task) => {
    const store = await openStore({ path, migrate: true });
    const cause = { askedBy: name, rule: 'first' };
    const outcome = await store.ledger.claim({ key: 'k', kind: 'x', class: 'guarded', target: null, cause, leaseMs: 60_000, holder: name });
    say({ state: outcome.state });
    await store.close();
  },

  /** Posts mail until the mailbox is closed; says what became of each. */
  post: async ({ path, name }: Task) => {
    const store = await openStore({ path });
    for (let n = 0; ; n++) {
      const outcome = await store.mail.post({ ...letter, id: `${name}/${n}`, from: name, ifClosed: 'return' });
      say({ id: `${name}/${n}`, state: outcome.state });
      if (outcome.state === 'undelivered') break;
    }
    await store.close();
  },

  /** Reads mail and acts on it until it has closed the mailbox. */
  readAndClose: async ({ path }: Task) => {
    const store = await openStore({ path });
    for (let looks = 0; ; looks++) {
      const mail = await store.mail.take({ address: letter.to });
      await store.mail.acted({ mail: mail.map(({ id }) => id), by: 'reader' });
      if (looks < 20) continue;
      if ((await store.mail.close({ address: letter.to })).state === 'closed') break;
    }
    say({ closed: true });
    await store.close();
  },
};

const task = JSON.parse(process.argv[2] ?? '') as Task;
await actions[task.action](task);
process.disconnect();
