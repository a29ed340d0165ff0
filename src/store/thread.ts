// The store's own thread. A lock that another process holds stops this thread, never the heartbeats of the one that asked.
import { flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { openDirect } from './direct.ts';
import { sqliteDialect } from './sqlite.ts';
import { packError, type Reply, type Request, type ThreadOptions } from './thread-protocol.ts';

const { path, migrate, busyTimeoutMs } = workerData as ThreadOptions;
const opening = (async () => openDirect({ dialect: sqliteDialect(path, busyTimeoutMs), migrate }))();

parentPort?.on('message', ({ id, call }: Request) => {
  void reply(
    id,
    opening.then((backend) => (call === 'close' ? backend.close() : backend.dispatch(call.area, call.name, call.input))),
  );
});
await reply(
  0,
  opening.then(() => undefined),
);
flushCompileCache(); // the thread may be ended without another chance

async function reply(id: number, result: Promise<unknown>): Promise<void> {
  const message: Reply = await result.then(
    (value) => ({ id, value }),
    (error: unknown) => ({ id, error: packError(error) }),
  );
  parentPort?.postMessage(message);
}
