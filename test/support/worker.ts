// The real worker in a process of its own, as `src/workers/main.ts` runs it, with the run's shared bundle; a test may kill it at a point.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { readConfig } from '../../src/config/config.ts';
import { installLogging } from '../../src/workers/log.ts';
import { runWorkers } from '../../src/workers/run.ts';

const config = readConfig(process.env);
installLogging(config.logLevel);
const bundle = readFileSync(process.env['TEST_BUNDLE'] ?? '', 'utf8');

/** Dies at every point whose name is in the file `die-at`, once each. Writes the points that are passed to the file `points`. */
const points: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    async execute(input, next) {
      const { workflowExecution, activityType, activityId } = info;
      const name = `${workflowExecution?.workflowId.replace(/.*\/(?=session)/, '') ?? ''} ${activityType} ${activityId}`;
      pass(`before ${name}`);
      const result: unknown = await next(input);
      pass(`after ${name}`);
      return result;
    },
  },
});

function pass(point: string): void {
  const file = (name: string): string => join(config.data, name);
  appendFileSync(file('points'), `${Date.now()} ${point}\n`);
  const fatal = existsSync(file('die-at')) ? readFileSync(file('die-at'), 'utf8').split('\n') : [];
  if (!fatal.includes(point)) return;
  writeFileSync(file('die-at'), fatal.filter((one) => one !== point).join('\n'));
  process.kill(process.pid, 'SIGKILL');
}

const workers = await runWorkers({ config, bundle, interceptors: [points] });
process.once('SIGTERM', workers.stop);
process.send?.('ready');
await workers.ended;
process.disconnect();
