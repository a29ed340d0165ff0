// The development server as `up` and the tests start it: found or fetched, prepared, and nothing lost when it is killed.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { CLI_VERSION, temporalExecutable } from '../../../devkit/temporal/executable.ts';
import { startServer, type Server, type ServerOptions } from '../../../devkit/temporal/server.ts';
import { freePort } from '../../../devkit/temporal/free-port.ts';
import { prepareNamespace } from '../../../src/config/namespace.ts';
import { searchAttributes } from '../../../src/contracts/search-attributes.ts';
import { executable, FIRST_RUN_MS } from '../../support/temporal.ts';
import { until } from '../../support/until.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-temporal-'));
});
afterAll(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));

describe('resolution of the executable', () => {
  const fake = async (path: string): Promise<string> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '#!/bin/sh\n');
    await chmod(path, 0o755);
    return path;
  };
  const progress = (): void => undefined;

  it('prefers the one on the PATH, then the one in the cache', async () => {
    const onPath = await fake(join(directory, 'bin', 'temporal'));
    const cached = await fake(join(directory, 'cache', 'signalbox', `temporal-${CLI_VERSION}`, 'temporal'));
    const env = { PATH: join(directory, 'bin'), XDG_CACHE_HOME: join(directory, 'cache') };
    expect(await temporalExecutable({ env, progress })).toEqual({ path: onPath, origin: 'PATH' });
    expect(await temporalExecutable({ env: { ...env, PATH: '' }, progress })).toEqual({ path: cached, origin: 'cache' });
  });

  it('says everything that was tried when nothing works', async () => {
    const main = new URL('../../../devkit/temporal/main.ts', import.meta.url).pathname;
    const env = { PATH: '', XDG_CACHE_HOME: join(directory, 'empty'), HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' };
    const failure = promisify(execFile)(process.execPath, [main, '--resolve'], { env });
    await expect(failure).rejects.toThrow(
      /TEMPORAL_ADDRESS[\s\S]*PATH: not found[\s\S]*cache \(.*[\s\S]*download of[\s\S]*no `go` on the PATH[\s\S]*Set TEMPORAL_ADDRESS/,
    );
  });
});

describe('the development server', () => {
  const servers: Server[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.kill())));
  const start = async (database: string, options: Partial<ServerOptions> = {}): Promise<Server> => {
    const server = await startServer({ executable: await executable(), database, ...options });
    servers.push(server);
    return server;
  };

  /** As anybody starts one. Where somebody takes a port that it found free, it ends at once, and is started again. */
  async function startPlain(database: string): Promise<{ child: ChildProcess; gone: Promise<unknown> }> {
    const port = await freePort();
    const args = ['server', 'start-dev', '--headless', '--port', String(port), '--db-filename', database];
    const child = spawn(await executable(), args, { stdio: 'ignore' });
    const gone = once(child, 'exit');
    const answers = until('the plain server answers or ends', async () => {
      if (child.exitCode !== null) return 'no';
      const connection = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: 2_000 });
      await connection.close();
      return 'yes';
    });
    return (await answers) === 'yes' ? { child, gone } : startPlain(database);
  }

  it(
    'gets its search attributes and 90 days of retention, also on a database that exists',
    async () => {
      const database = join(directory, 'plain.db');
      const plain = await startPlain(database);
      plain.child.kill('SIGTERM');
      await plain.gone;

      const server = await start(database);
      const connection = await Connection.connect({ address: server.address });
      await prepareNamespace(connection, 'default');
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
      expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(Object.values(searchAttributes).map(({ name }) => name)));
      const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
      expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 24 * 60 * 60);
      await connection.close();
    },
    FIRST_RUN_MS,
  );

  it(
    'keeps workflows and their search attributes over SIGKILL',
    async () => {
      const database = join(directory, 'killed.db');
      const first = await start(database);
      const connection = await Connection.connect({ address: first.address });
      await new Client({ connection }).workflow.start('anything', {
        workflowId: 'kept',
        taskQueue: 'nobody',
        typedSearchAttributes: [{ key: searchAttributes.workspace, value: 'acme/site' }],
      });
      await connection.close();
      await first.kill();

      const second = await start(database);
      const again = await Connection.connect({ address: second.address });
      const { typedSearchAttributes } = await new Client({ connection: again }).workflow.getHandle('kept').describe();
      expect(typedSearchAttributes.get(searchAttributes.workspace)).toBe('acme/site');
      await again.close();
    },
    FIRST_RUN_MS,
  );

  it(
    'hands out what waited under the settings of earlier versions',
    async () => {
      const database = join(directory, 'earlier.db');
      const first = await start(database, { settings: ['matching.enableFairness=true'] });
      const connection = await Connection.connect({ address: first.address });
      const queued = { workflowId: 'waiting', taskQueue: 'queue' };
      await new Client({ connection }).workflow.start('anything', queued);
      const { workflowService } = connection;
      const backlog = async (): Promise<number> => {
        const asked = { namespace: 'default', taskQueue: { name: 'queue' }, reportStats: true, taskQueueType: 1 };
        return Number((await workflowService.describeTaskQueue(asked)).stats?.approximateBacklogCount ?? 0);
      };
      await until('its task waits in the queue', async () => (await backlog()) === 1);
      await connection.close();
      await first.stop();

      const second = await start(database);
      const again = await Connection.connect({ address: second.address });
      const poll = { namespace: 'default', taskQueue: { name: 'queue' }, identity: 'test' };
      const task = await again.withDeadline(Date.now() + 30_000, () => again.workflowService.pollWorkflowTaskQueue(poll));
      expect(task.workflowExecution?.workflowId).toBe('waiting');
      await again.close();
    },
    FIRST_RUN_MS,
  );

  it(
    'is started once more when it ended by itself before it answered',
    async () => {
      // A port that it has looked for was taken before it listened: it ends with a trace.
      const unlucky = join(directory, 'unlucky');
      const tried = join(directory, 'tried');
      await writeFile(unlucky, `#!/bin/sh\n[ -e '${tried}' ] && exec '${await executable()}' "$@"\ntouch '${tried}'\nexit 2\n`);
      await chmod(unlucky, 0o755);
      const server = await start(join(directory, 'unlucky.db'), { executable: unlucky });
      const connection = await Connection.connect({ address: server.address });
      await connection.close();

      await writeFile(unlucky, '#!/bin/sh\necho no port is free >&2\nexit 2\n');
      await expect(start(join(directory, 'unlucky.db'), { executable: unlucky })).rejects.toThrow(/it ended with 2\s+no port is free/);
    },
    FIRST_RUN_MS,
  );
});
