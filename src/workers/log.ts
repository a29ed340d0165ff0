// Temporal's log and ours as lines of JSON on standard error: one place to read, ids in every line, no secrets.
import { DefaultLogger, Runtime } from '@temporalio/worker';
import pino from 'pino';

/** Must run before anything else of Temporal's in this process. */
export function installLogging(level: 'debug' | 'info' | 'warn' | 'error'): void {
  const log = pino({ level, redact: ['*.apiKey', '*.token', '*.authorization'] }, pino.destination({ dest: 2, sync: true }));
  const write = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  // The AI SDK would print advice about models that it does not know.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  Runtime.install({
    // pino wants the object first, Temporal gives the message first.
    logger: new DefaultLogger('DEBUG', (entry) => log[write[entry.level]]({ ...entry.meta }, entry.message)),
    telemetryOptions: { logging: { filter: `temporalio_sdk_core=WARN,temporalio_client=WARN,temporalio_sdk=WARN`, forward: {} } },
  });
}
