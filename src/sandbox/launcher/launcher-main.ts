// The launcher: a small process that starts commands for a large one and ends after it. What runs then is killed, or finishes first where the
// argument says so. It holds nothing else, so that it stays small.
import { launchHere, type Launched } from './launch.ts';
import type { FromLauncher, ToLauncher } from './protocol.ts';

const running = new Map<number, Launched>();

/** Resolves when it is on its way: whoever prints faster than it is read waits. */
const tell = (message: FromLauncher): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });

process.on('message', (message: ToLauncher) => {
  const { id } = message;
  if (message.kind === 'kill') return running.get(id)?.kill();
  const launched = launchHere(message.invocation, {
    input: message.input,
    onStart: (pid) => void tell({ id, kind: 'started', pid }),
    onOutput: (stream, chunk) => tell({ id, kind: 'output', stream, chunk }),
  });
  running.set(id, launched);
  launched.ended
    .then(
      (ended) => tell({ id, kind: 'ended', ended }),
      (error: NodeJS.ErrnoException) => tell({ id, kind: 'failed', error: { message: error.message, code: error.code } }),
    )
    .finally(() => running.delete(id));
});

process.once('disconnect', () => {
  if (process.argv[2] === 'finish') return; // it ends when nothing is left to wait for
  for (const launched of running.values()) launched.kill();
  process.exit(0);
});
