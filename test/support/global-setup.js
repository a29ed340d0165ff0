// A directory for what test files of one run share (test/support/temporal.ts, what Node compiles of the processes that tests start), and for what
// they make by themselves; making it is all that tests without Temporal pay.
import { access, chmod, constants, mkdir, mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Memory, where there is room: a third of the run would be waiting for a disk to have kept what is thrown away. No test pulls the plug. */
const MEMORY = '/dev/shm';
const ROOM_BYTES = 8 * 1024 ** 3;

export default async function globalSetup() {
  process.env.TEST_RUN = await mkdtemp(join((await hasRoom(MEMORY)) ? MEMORY : tmpdir(), 'signalbox-run-'));
  process.env.TMPDIR = join(process.env.TEST_RUN, 'tmp');
  await mkdir(process.env.TMPDIR);
  for (const directory of [process.env.TEST_RUN, process.env.TMPDIR]) await chmod(directory, 0o755); // tests may be somebody else for a while
  process.env.NODE_COMPILE_CACHE ??= join(process.env.TEST_RUN, 'compiled');
}

async function hasRoom(directory) {
  try {
    await access(directory, constants.W_OK);
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize >= ROOM_BYTES;
  } catch {
    return false; // other systems have none
  }
}
