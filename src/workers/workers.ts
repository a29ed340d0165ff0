// The workers of one process: workflows and general activities, turns, and what else is bound to this host. One can take over where
// another was killed; how soon is in contracts/timeouts.ts.
import type { NativeConnection } from '@temporalio/worker';
import { Worker, type ActivityInterceptorsFactory, type WorkerOptions } from '@temporalio/worker';
import { payloadConverterPath } from '../config/temporal-client.ts';
import { GENERAL_QUEUE, hostQueue, modelQueue } from '../contracts/queues.ts';
import { TIMEOUTS } from '../contracts/timeouts.ts';
import { heartbeating } from './heartbeat.ts';

export interface WorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly host: string;
  /** Code of the workflow bundle. */
  readonly bundle: string;
  readonly activities: { readonly general: object; readonly model: object; readonly host: object };
  /** Around every activity, outside of all others. */
  readonly interceptors?: readonly ActivityInterceptorsFactory[];
}

export interface Workers {
  /** Resolves when all have ended after `shutdown`; rejects when one fails. */
  readonly ended: Promise<void>;
  /** Takes no new work, lets what runs finish for a while, then cancels it. Commands go on: they are jobs of the host. */
  readonly shutdown: () => void;
}

export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const { connection, namespace, activities } = options;
  const common: Omit<WorkerOptions, 'taskQueue'> = {
    connection,
    namespace,
    // Written into every task's history; the default is long, because it has a digest of the bundle.
    buildId: 'signalbox',
    dataConverter: { payloadConverterPath },
    interceptors: { activity: [heartbeating, ...(options.interceptors ?? [])] },
    maxHeartbeatThrottleInterval: TIMEOUTS.heartbeatEvery,
    defaultHeartbeatThrottleInterval: TIMEOUTS.heartbeatEvery,
    shutdownGraceTime: TIMEOUTS.shutdownGrace,
    shutdownForceTime: TIMEOUTS.shutdownForce,
  };
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: GENERAL_QUEUE,
      activities: activities.general,
      workflowBundle: { code: options.bundle },
      stickyQueueScheduleToStartTimeout: TIMEOUTS.sticky,
      // Histories are small, so replaying an evicted workflow is cheap; thousands of parked ones must not cost memory.
      maxCachedWorkflows: 200,
    }),
    Worker.create({ ...common, taskQueue: modelQueue(options.host), activities: activities.model }),
    Worker.create({ ...common, taskQueue: hostQueue(options.host), activities: activities.host }),
  ]);
  const shutdown = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const runs = workers.map((worker) => worker.run());
  // One that fails takes the others down in good order; the process then ends and is started again.
  for (const run of runs) run.catch(shutdown);
  return { ended: Promise.all(runs).then(() => undefined), shutdown };
}
