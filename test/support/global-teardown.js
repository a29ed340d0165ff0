// Ends the run's shared Temporal server, if a test started it.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

export default async function globalTeardown() {
  const directory = process.env.TEST_RUN;
  const pid = await readFile(join(directory, 'server.pid'), 'utf8').catch(() => undefined);
  if (pid !== undefined) process.kill(Number(pid), 'SIGKILL');
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}
