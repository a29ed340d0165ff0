// A port that nobody listens on right now, from below those that systems give to outgoing connections (Linux from 32768, macOS and Windows
// from 49152): so only another listener can take it before it is used, or while who listens there is started again.
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const FIRST = 20_000;
const BEYOND = 32_768;

/** @param preferred taken if nobody listens there */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (;;) {
    const port = randomInt(FIRST, BEYOND);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch (error) {
    if (['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
  await once(server.close(), 'close');
  return true;
}
