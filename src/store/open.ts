// Opens the store of this host: SQLite in a thread of its own. Several processes may have the same file open.
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Redact } from '../secrets/redact.ts';
import { StoreError } from './errors.ts';
import { storeOn, type Backend, type Store } from './store.ts';
import { unpackError, type Reply, type Request, type ThreadOptions } from './thread-protocol.ts';

/** A thread does not share its process's cache of compiled code by itself; with it, it opens the store in a third of the time. */
const BEGIN = `
const { workerData } = require('node:worker_threads');
if (workerData.cache !== undefined) require('node:module').enableCompileCache(workerData.cache);
import(workerData.program);`;

/** The directory that this process's cache was given; Node appends its version. */
const compileCache = (): string | undefined => {
  const directory = getCompileCacheDir();
  return directory === undefined ? undefined : dirname(directory);
};

export interface StoreOptions {
  /** The database file; its directory must exist. */
  readonly path: string;
  /** Bring the schema up to date first; only what the operator started for that may do so. Default: false, an older schema is refused. */
  readonly migrate?: boolean;
  /** How long an operation waits for another process's lock before it fails with STORE_BUSY, in milliseconds. Default: 30 s. */
  readonly busyTimeoutMs?: number;
  /** Takes out what must not be kept. Default: what looks like a secret; what the configuration knows as one has to be given. */
  readonly redact?: Redact;
}

/** @throws StoreError if the schema is newer or incomplete, or the file is not a store. */
export async function openStore({ path, migrate = false, busyTimeoutMs = 30_000, redact }: StoreOptions): Promise<Store> {
  const options: ThreadOptions = { path, migrate, busyTimeoutMs };
  // In the published package this file is compiled, and so is the thread's.
  const program = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url);
  const thread = new Worker(BEGIN, { eval: true, workerData: { ...options, program: program.href, cache: compileCache() } });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let gone: StoreError | undefined;
  let lastId = 0;

  const answerTo = (id: number) => new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
  const end = (error: StoreError): void => {
    gone ??= error;
    for (const { reject } of waiting.values()) reject(gone);
    waiting.clear();
  };
  const ask = async (call: Request['call']): Promise<unknown> => {
    if (gone !== undefined) throw gone;
    const request: Request = { id: ++lastId, call };
    thread.postMessage(request);
    return answerTo(request.id);
  };
  thread.on('message', (reply: Reply) => {
    const caller = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) caller?.reject(unpackError(reply.error));
    else caller?.resolve(reply.value);
  });
  thread.on('error', (cause) => {
    end(new StoreError('STORE_CLOSED', 'The store’s thread has died; what was under way may or may not have been written.', { cause }));
  });
  thread.on('exit', () => {
    end(new StoreError('STORE_CLOSED', 'The store is closed.'));
  });

  try {
    await answerTo(0);
  } catch (error) {
    await thread.terminate();
    if (error instanceof StoreError) throw new StoreError(error.code, `${path}: ${error.message}`, { cause: error });
    throw error;
  }
  const backend: Backend = {
    dispatch: (area, name, input) => ask({ area, name, input }),
    close: async () => {
      if (gone !== undefined) return;
      const closing = ask('close');
      gone = new StoreError('STORE_CLOSED', 'The store is closed.');
      await closing;
      await thread.terminate();
    },
  };
  return storeOn(backend, redact);
}
