// `node src/client/gateway/main.ts`: the gateway's process. Settings come from the environment (src/config/config.ts).
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { readConfig } from '../../config/config.ts';
import { sayLoaded } from '../../config/run-records.ts';

const config = readConfig(process.env);
enableCompileCache(join(config.data, 'cache', 'compiled'));
const [{ redactorFor }, { logCrashes, logFile, openLog }, { runGateway }] = await Promise.all([
  import('../../config/secrets.ts'),
  import('../../log/log.ts'),
  import('./run.ts'),
]);
const log = openLog({ level: config.logLevel, redact: redactorFor(config), file: logFile(config.data, 'gateway') });
logCrashes(log);
sayLoaded(config.data, 'gateway');
const gateway = await runGateway(config, log);
log.info({ address: gateway.address, webhooks: config.gateway.webhookSecret !== undefined }, 'The gateway listens.');
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void gateway.stop().then(() => process.exit(0));
  });
