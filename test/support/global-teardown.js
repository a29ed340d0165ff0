// Ends what tests have started and left, the run's shared Temporal server among it: where a test's preparation fails nobody else does, and a
// process that holds the output of a Jest process keeps the whole run from ending.
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

export default async function globalTeardown() {
  const directory = process.env.TEST_RUN;
  const shared = await readFile(join(directory, 'server.pid'), 'utf8').catch(() => undefined);
  const left = await startedIn(directory);
  for (const pid of [...left.map((one) => one.pid), ...(shared === undefined ? [] : [Number(shared)])]) kill(pid);
  const forgotten = left.filter(({ pid }) => pid !== Number(shared)).map(({ command }) => `  ${command}\n`);
  if (forgotten.length > 0)
    process.stderr.write(`Tests have left ${forgotten.length} processes running, ended now:\n${forgotten.join('')}`);
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}

/** Processes that have the run's directory among their arguments or in their environment. Linux only; elsewhere none are found. */
async function startedIn(directory) {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const of = (part) => readFile(`/proc/${pid}/${part}`, 'utf8').catch(() => ''); // it may have ended, or be somebody else's
      const [command, environment] = await Promise.all([of('cmdline'), of('environ')]);
      if (!command.includes(directory) && !environment.includes(directory)) return [];
      return [{ pid: Number(pid), command: command.replaceAll('\0', ' ').slice(0, 200) }];
    }),
  );
  return found.flat();
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
