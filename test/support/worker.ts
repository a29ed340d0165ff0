// The real worker in a process of its own, as `src/workers/main.ts` runs it, with the run's shared bundle; a test may kill it at a point.
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { readConfig } from '../../src/config/config.ts';
import { redactorFor } from '../../src/config/secrets.ts';
import { logFile, openLog } from '../../src/log/log.ts';
import { installLogging } from '../../src/workers/log.ts';
import { runWorkers } from '../../src/workers/run.ts';

process.once('disconnect', () => process.exit(1)); // the test is gone
const config = readConfig(process.env);
installLogging(openLog({ level: config.logLevel, redact: redactorFor(config), file: logFile(config.data, 'worker') }));
const bundle = readFileSync(process.env['TEST_BUNDLE'] ?? '', 'utf8');

interface Given {
  readonly action?: { readonly kind?: string };
  readonly turn?: number;
  readonly call?: number;
  readonly decision?: number;
}

/**
 * A point is passed before an activity's code runs and after it, before its completion is reported; the file `points` lists what was passed,
 * and when, by the number of the activity, and `steps` by what is done there. Orders are lines of the file `kill-at`: `worker`, `server` or
 * `both`, and the point, kills there, once; `hold` and the point tells by a line in the file `held` (and the order in `orders-met`), and stays
 * there until the order is gone. A point is named in one of three ways:
 * - by the number of its activity: `before task/x/1 7 actOnForge`;
 * - by what is done there, for the first time: `after task/x/1 actOnHost push`, `before session/1 runCommand 3.0` (turn and call),
 *   `before task/x/1 assessTask 4` (decision);
 * - by what is done in whichever workflow: `after actOnMergeRequest reply`.
 * Orders of several tests at once are files of the directory `orders`, each for the workflows of one repository:
 * `before actOnMergeRequest reply in app-1` kills the worker, once.
 */
const NUMBERED = ['assessTask', 'assessReview'];
const points: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    async execute(input, next) {
      const name = `${info.workflowExecution?.workflowId ?? ''} ${info.activityId} ${info.activityType}`;
      const [given] = input.args as readonly Given[];
      const kind = [info.activityType, given?.action?.kind].filter((part) => part !== undefined).join(' ');
      const decision = NUMBERED.includes(info.activityType) ? given?.decision : undefined;
      const turn = [given?.turn, given?.call, decision].filter((part) => part !== undefined).join('.');
      const step = turn === '' ? kind : `${kind} ${turn}`;
      const workflow = info.workflowExecution?.workflowId ?? '';
      await pass(`before ${name}`, `before ${workflow} ${step}`, `before ${kind}`);
      dieOnOrder(`before ${kind}`, workflow);
      const result: unknown = await next(input);
      await pass(`after ${name}`, `after ${workflow} ${step}`, `after ${kind}`);
      dieOnOrder(`after ${kind}`, workflow);
      return result;
    },
  },
});

const file = (name: string): string => join(config.data, name);
const orders = (): string[] => (existsSync(file('kill-at')) ? readFileSync(file('kill-at'), 'utf8').split('\n') : []);
const wordsOf = (order: string): string => order.replace(/^\w+ /, '');
const orderFor = (names: readonly string[]): string | undefined => orders().find((one) => names.includes(wordsOf(one)));

async function pass(...names: readonly [point: string, step: string, kind: string]): Promise<void> {
  const [point, step] = names;
  appendFileSync(file('points'), `${Date.now()} ${point}\n`);
  appendFileSync(file('steps'), `${step}\n`);
  const order = orderFor(names);
  if (order === undefined) return;
  const [who] = order.split(' ');
  if (who === 'hold') {
    appendFileSync(file('held'), `${point}\n`);
    appendFileSync(file('orders-met'), `${wordsOf(order)}\n`);
    while (orderFor(names) !== undefined) await sleep(10);
    return;
  }
  if (who !== 'worker') killServer();
  const others = orders().filter((one) => one !== order);
  writeFileSync(file('kill-at'), others.join('\n'));
  if (who !== 'server') process.kill(process.pid, 'SIGKILL');
}

/** Whoever takes the order away first is killed by it: it strikes once. */
function dieOnOrder(kind: string, workflow: string): void {
  const directory = file('orders');
  for (const name of existsSync(directory) ? readdirSync(directory) : []) {
    const order = join(directory, name);
    try {
      const [point, repository = ''] = readFileSync(order, 'utf8').split(' in ');
      if (point !== kind || !workflow.split('/').includes(repository)) continue;
      rmSync(order);
    } catch {
      continue; // another worker was first
    }
    process.kill(process.pid, 'SIGKILL');
  }
}

/** @throws Error when it is dead already; the activity's retry passes the same point, and meets the next server */
function killServer(): void {
  const pid = Number(readFileSync(file('server.pid'), 'utf8'));
  if (!(pid > 0)) throw new Error('the server has no process'); // 0 would be the group of this very test
  process.kill(pid, 'SIGKILL');
}

const sweepAfterMs = Number(process.env['TEST_SWEEP_AFTER_MS'] ?? 60_000);
const workers = await runWorkers({ config, bundle, interceptors: [points], sweepAfterMs });
process.once('SIGTERM', workers.stop);
flushCompileCache(); // now: it will be killed
process.send?.('ready');
await workers.ended;
process.exit(0);
