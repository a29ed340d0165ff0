// Temporal's log and ours in one place, ids in every line.
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';

/** Temporal's log becomes ours. Must run before anything else of Temporal's in this process. */
export function installLogging(log: Pick<Logger, 'trace' | 'debug' | 'info' | 'warn' | 'error'>): void {
  const write = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  // The AI SDK would print advice about models that it does not know.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  Runtime.install({
    // pino wants the object first, Temporal gives the message first.
    logger: new DefaultLogger('DEBUG', (entry) => log[write[entry.level]]({ ...entry.meta }, entry.message)),
    telemetryOptions: { logging: { filter: `temporalio_sdk_core=WARN,temporalio_client=WARN,temporalio_sdk=WARN`, forward: {} } },
  });
}
