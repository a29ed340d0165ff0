// The real worker in a process of its own, as `src/workers/main.ts` runs it, with the run's shared bundle; a test may kill it at a point.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { readConfig } from '../../src/config/config.ts';
import { installLogging } from '../../src/workers/log.ts';
import { runWorkers } from '../../src/workers/run.ts';

process.once('disconnect', () => process.exit(1)); // the test is gone
const config = readConfig(process.env);
installLogging(config.logLevel);
const bundle = readFileSync(process.env['TEST_BUNDLE'] ?? '', 'utf8');

/**
 * Kills at every point that the file `kill-at` names, once each: a line is `worker`, `server` or `both`, and the point. A point is passed
 * before an activity's code runs and after it, before its completion is reported. The file `points` lists what was passed, and when.
 */
const points: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    async execute(input, next) {
      const name = `${info.workflowExecution?.workflowId.split('/').at(-1) ?? ''} ${info.activityId} ${info.activityType}`;
      pass(`before ${name}`);
      const result: unknown = await next(input);
      pass(`after ${name}`);
      return result;
    },
  },
});

const file = (name: string): string => join(config.data, name);

function pass(point: string): void {
  appendFileSync(file('points'), `${Date.now()} ${point}\n`);
  if (!existsSync(file('kill-at'))) return;
  const orders = readFileSync(file('kill-at'), 'utf8').split('\n');
  const order = orders.find((one) => one.endsWith(` ${point}`));
  if (order === undefined) return;
  writeFileSync(file('kill-at'), orders.filter((one) => one !== order).join('\n'));
  const [who] = order.split(' ');
  if (who !== 'worker') process.kill(Number(readFileSync(file('server.pid'), 'utf8')), 'SIGKILL');
  if (who !== 'server') process.kill(process.pid, 'SIGKILL');
}

const sweepAfterMs = Number(process.env['TEST_SWEEP_AFTER_MS'] ?? 60_000);
const workers = await runWorkers({ config, bundle, interceptors: [points], sweepAfterMs });
process.once('SIGTERM', workers.stop);
process.send?.('ready');
await workers.ended;
process.exit(0);
