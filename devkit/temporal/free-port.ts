// A port that nobody listens on right now. Another process may take it before it is used: starts that fail are errors, not retries.
import { createServer, type AddressInfo } from 'node:net';

/** @param preferred taken if nobody listens there */
export async function freePort(preferred?: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve).once('error', preferred === undefined ? reject : () => server.listen(0, '127.0.0.1'));
    server.listen(preferred ?? 0, '127.0.0.1');
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
