// `node src/workers/main.ts`: the worker process. Settings come from the environment (src/config/config.ts).
import { readConfig } from '../config/config.ts';
import { bundleWorkflows } from './bundle.ts';
import { installLogging } from './log.ts';
import { runWorkers } from './run.ts';

const config = readConfig(process.env);
installLogging(config.logLevel);
const workers = await runWorkers({ config, bundle: await bundleWorkflows() });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, workers.stop);
await workers.ended;
