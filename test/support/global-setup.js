// A directory for what test files of one run share (test/support/temporal.ts, what Node compiles of the processes that tests start); making it
// is all that tests without Temporal pay.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default async function globalSetup() {
  process.env.TEST_RUN = await mkdtemp(join(tmpdir(), 'signalbox-run-'));
  process.env.NODE_COMPILE_CACHE ??= join(process.env.TEST_RUN, 'compiled');
}
