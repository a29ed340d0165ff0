// What a service manager does: two workers and, where a test has its own, a server, each started again whenever it dies.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer, type Server } from '../../devkit/temporal/server.ts';
import type { Installation } from './installation.ts';
import { executable } from './temporal.ts';
import { until } from './until.ts';

/** Keeps `count` workers running; returns a function that ends them. */
export async function keepWorkers(here: Installation, count: number): Promise<() => Promise<void>> {
  let on = true;
  const keep = async (): Promise<void> => {
    while (on) await (await here.startWorker()).gone;
  };
  const kept = Array.from({ length: count }, keep);
  await until('all workers run', () => here.workers().length === count);
  let ended = false;
  void Promise.all(kept).then(() => (ended = true));
  return async () => {
    on = false;
    // One may be starting just now: it is ended when it runs.
    await until('no worker is left', async () => {
      await Promise.all(here.workers().map((worker) => worker.kill()));
      return ended;
    });
  };
}

export interface KeptServer {
  readonly address: string;
  /** Tells the workers of an installation whom to kill. */
  watchedBy(here: Installation): Promise<void>;
  stop(): Promise<void>;
}

/** Keeps a server of one's own running on one port and one database file. */
export async function keepServer(database: string): Promise<KeptServer> {
  let on = true;
  const pidFiles: string[] = [];
  const path = await executable();
  let server: Server = await startServer({ executable: path, database });
  const port = Number(server.address.split(':')[1]);
  const note = (): Promise<unknown> => Promise.all(pidFiles.map((file) => writeFile(file, String(server.pid))));
  const watch = (): void => {
    void server.gone.then(async () => {
      if (!on) return;
      server = await startServer({ executable: path, database, port });
      await note();
      watch();
    });
  };
  watch();
  return {
    address: server.address,
    async watchedBy(here) {
      pidFiles.push(join(here.data, 'server.pid'));
      await note();
    },
    async stop() {
      on = false;
      await server.kill();
    },
  };
}
