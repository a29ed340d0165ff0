// `node src/workers/main.ts`: the worker process. Settings come from the environment (src/config/config.ts). Compiled code is kept beside
// the data, and everything else is loaded after that is so: a worker that was killed is back in half the time.
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { readConfig } from '../config/config.ts';
import { sayLoaded } from '../config/run-records.ts';

const config = readConfig(process.env);
const cache = join(config.data, 'cache');
enableCompileCache(join(cache, 'compiled'));
const [{ redactorFor }, { logCrashes, logFile, openLog }, { installLogging }, { runWorkers }, { keptBundle }] = await Promise.all([
  import('../config/secrets.ts'),
  import('../log/log.ts'),
  import('./log.ts'),
  import('./run.ts'),
  import('./bundle.ts'),
]);
const log = openLog({ level: config.logLevel, redact: redactorFor(config), file: logFile(config.data, 'worker') });
logCrashes(log);
installLogging(log);
const bundle = await keptBundle(cache);
sayLoaded(config.data, 'worker');
const workers = await runWorkers({ config, bundle });
// Now, because at its end it may be killed.
flushCompileCache();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, workers.stop);
await workers.ended;
