// An installation whose server and worker are killed by its test, and started again each time: what tables of kills run on.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install, type Installation } from './installation.ts';
import { keepServer, keepWorkers, type KeptServer } from './keep-alive.ts';

export interface KeptInstallation {
  readonly here: Installation;
  readonly server: KeptServer;
  end(): Promise<void>;
}

export interface KeptOptions {
  /** Root of the scripted model. */
  readonly modelUrl: string;
  /** Further settings of the worker. */
  readonly env?: Readonly<Record<string, string>>;
  /** The server suggests to continue as new after so many events of a run. */
  readonly eventsOfARun?: number;
}

export async function installKept({ modelUrl, env = {}, eventsOfARun }: KeptOptions): Promise<KeptInstallation> {
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-killed-'));
  const settings = eventsOfARun === undefined ? [] : [`limit.historyCount.suggestContinueAsNew=${eventsOfARun}`];
  const server = await keepServer(join(directory, 'temporal.db'), settings);
  const here = await install({ modelUrl, env, server: { address: server.address, namespace: 'default' } });
  await server.watchedBy(here);
  const endWorkers = await keepWorkers(here, 1);
  return {
    here,
    server,
    async end() {
      await endWorkers();
      await here.end();
      await server.stop();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
