// What a service manager does: two workers and, where a test has its own, a server and a forge, each started again whenever it dies.
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer, type Server } from '../../devkit/temporal/server.ts';
import { startTestForge, type TestForge } from '../forge/harness.ts';
import type { Installation } from './installation.ts';
import { executable } from './temporal.ts';
import { until } from './until.ts';

/** Keeps `count` workers running; returns a function that ends them. @param env settings of theirs */
export async function keepWorkers(here: Installation, count: number, env?: Record<string, string>): Promise<() => Promise<void>> {
  let on = true;
  const keep = async (): Promise<void> => {
    while (on) await (await here.startWorker(env)).gone;
  };
  const kept = Array.from({ length: count }, keep);
  await until('all workers run', () => here.workers().length === count, 120);
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
  /** SIGKILL; it is started again. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Keeps a server of one's own running on one port and one database file. @param settings dynamic ones, `name=value` */
export async function keepServer(database: string, settings: readonly string[] = []): Promise<KeptServer> {
  let on = true;
  const pidFiles: string[] = [];
  const path = await executable();
  let server: Server = await startServer({ executable: path, database, settings });
  const port = Number(server.address.split(':')[1]);
  const note = async (): Promise<void> => {
    for (const file of pidFiles) {
      await writeFile(`${file}.next`, String(server.pid));
      await rename(`${file}.next`, file); // at once: a worker may be reading
    }
  };
  const watch = (): void => {
    void server.gone.then(async () => {
      if (!on) return;
      server = await startServer({ executable: path, database, port, settings });
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
    kill: () => server.kill(),
    async stop() {
      on = false;
      await server.kill();
    },
  };
}

export interface KeptForge {
  /** SIGKILL; it is started again, with all that it has acknowledged. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Keeps a forge running on its port and its data: whoever has it goes on to use it as before. */
export function keepForge(first: TestForge): KeptForge {
  const options = { dataDirectory: first.dataDirectory, arguments: ['--undelayed', '--port', new URL(first.url).port] };
  let on = true;
  let forge = first;
  const kill = async ({ process: child }: TestForge): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  let starting: Promise<void> = Promise.resolve();
  const watch = (): void => {
    forge.process.once('exit', () => {
      if (!on) return;
      starting = startTestForge(options).then((next) => {
        forge = next;
        watch();
      });
    });
  };
  watch();
  return {
    kill: () => starting.then(() => kill(forge)),
    async stop() {
      on = false;
      await starting;
      await kill(forge);
    },
  };
}
