// Ports that the development server and the gateway are started on.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { freePort } from '../../../devkit/temporal/free-port.ts';

describe('a free port', () => {
  it('is the preferred one, unless somebody listens there, and never one that an outgoing connection may take', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port: taken } = server.address() as AddressInfo;
    const other = await freePort(taken);
    expect(other).not.toBe(taken);
    expect(other).toBeLessThan(32_768);
    expect(await freePort(other)).toBe(other);
    await once(server.close(), 'close');
  });
});
