// `bridge-main <command…>`: inside of a sandbox that has no network, a port on its own loopback that leads to the proxy's socket; then the
// command, whose end is the bridge's. Stands alone: it is the only file of ours in there.
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { constants } from 'node:os';

const PROXY = '/run/signalbox/proxy';
const PORT = 3128;

const bridge = createServer((client) => {
  const proxy = connect(PROXY);
  client.pipe(proxy).pipe(client);
  client.on('error', () => proxy.destroy());
  proxy.on('error', () => client.destroy());
});
bridge.listen(PORT, '127.0.0.1', () => {
  const [file = '', ...args] = process.argv.slice(2);
  const command = spawn(file, args, { stdio: 'inherit' });
  command.once('error', () => process.exit(127));
  command.once('exit', (status, signal) => process.exit(status ?? 128 + constants.signals[signal ?? 'SIGKILL']));
});
