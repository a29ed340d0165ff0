// One development server and one workflow bundle per test run, started by the first test that asks (others don't pay for them), ended by
// jest's globalTeardown. Test files share the server, so each uses task queues and ids of its own. Tests that kill a server start theirs.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporalExecutable } from '../../devkit/temporal/executable.ts';
import { startServer } from '../../devkit/temporal/server.ts';
import { bundleWorkflows } from '../../src/workers/bundle.ts';

/** A build of the server from Go modules takes minutes on a machine's first run. */
export const FIRST_RUN_MS = 15 * 60_000;

/** Directory of this test run, made by globalSetup. */
const runDirectory = (): string => {
  const directory = process.env['TEST_RUN'];
  if (directory === undefined) throw new Error('TEST_RUN is not set: run tests by `npm test`');
  return directory;
};

const progress = (line: string): void => void process.stderr.write(`${line}\n`);

/** Path of the `temporal` executable. */
export const executable = (): Promise<string> =>
  once('executable', async () => (await temporalExecutable({ env: process.env, progress })).path);

const NAMESPACES = Array.from({ length: 40 }, (_, at) => `test-${at}`);

/** The run's shared server, and a namespace of it that nobody else uses: its queues and ids are the caller's alone. */
export async function sharedServer(): Promise<{ readonly address: string; readonly namespace: string }> {
  const path = await executable();
  const address = await once('server', async () => {
    const options = { executable: path, database: join(runDirectory(), 'temporal.db'), namespaces: NAMESPACES, detached: true };
    const server = await startServer(options);
    await writeFile(join(runDirectory(), 'server.pid'), String(server.pid));
    return server.address;
  });
  for (const namespace of NAMESPACES) if (await isFirst(namespace)) return { address, namespace };
  throw new Error('More test files use the shared server than it has namespaces; raise their number.');
}

/** File with the code of the workflow bundle. */
export const workflowBundle = (): Promise<string> =>
  once('bundle', async () => {
    const file = join(runDirectory(), 'workflows.js');
    await writeFile(file, await bundleWorkflows());
    return file;
  });

/** True for one caller in the whole test run. */
const isFirst = (name: string): Promise<boolean> =>
  mkdir(join(runDirectory(), `${name}.lock`)).then(
    () => true,
    () => false,
  );

/** Makes a value once per test run, over all of jest's processes: the first that comes makes it, the others wait for its file. */
async function once(name: string, make: () => Promise<string>): Promise<string> {
  const file = join(runDirectory(), name);
  if (await isFirst(name)) {
    const result = await make().then(
      (value) => ({ value }),
      (error: unknown) => ({ error: String(error) }),
    );
    await writeFile(`${file}.new`, JSON.stringify(result));
    await rename(`${file}.new`, file);
  }
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) {
      await sleep(50);
      continue;
    }
    const result = JSON.parse(text) as { value: string } | { error: string };
    if ('error' in result) throw new Error(result.error);
    return result.value;
  }
}
