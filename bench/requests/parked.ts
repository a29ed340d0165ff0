// Many parked requests on one worker: what they take while nothing happens, and how long it takes to wake one of them, and all.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs, percentile, rounded } from '../kernel/figures.ts';
import { openRequests, type Opened } from '../../test/support/many-requests.ts';
import { until, type Setting } from './setting.ts';

export interface Parked {
  readonly requests: number;
  readonly parkedInSeconds: number;
  readonly workerMbBefore: number;
  readonly workerMb: number;
  readonly serverMb: number;
  readonly idleSeconds: number;
  /** Of one core. */
  readonly workerCpuPercent: number;
  readonly serverCpuPercent: number;
  readonly forgeCallsAnHour: number;
  readonly forgeQuotaAnHour: number;
  readonly wakeOneP50Ms: number;
  readonly wakeOneP95Ms: number;
  readonly wakeAllSeconds: number;
  readonly forgeCallsToWakeAll: number;
}

const AT_ONCE = 16;
const IDLE_MS = 190_000; // at least one poll
const WRITTEN_MS = 6_000;
const WAKES = 20;

export async function measureParked(setting: Setting, [count = 1_000, idleMs = IDLE_MS]: readonly number[] = []): Promise<Parked[]> {
  const { client, store, worker, server } = setting;
  const workerMbBefore = memoryMb(worker.pid);
  const requests = await openRequests(setting, count, { ci: 'none' });
  process.stderr.write(`${count} requests are open\n`);
  const began = Date.now();
  for (let at = 0; at < count; at += AT_ONCE) await Promise.all(requests.slice(at, at + AT_ONCE).map((request) => request.own()));
  await until('all are parked', () => allParked(setting, requests), 3_600);
  const parkedInSeconds = rounded((Date.now() - began) / 1_000);
  process.stderr.write(`parked after ${parkedInSeconds} s\n`);
  await sleep(idleMs); // the first poll after that finds all of them changed, and wakes them once

  const [calls0, cpu0, serverCpu0, from] = [await used(setting), cpuMs(worker.pid), cpuMs(server.pid), Date.now()];
  await sleep(idleMs);
  const idle = Date.now() - from;
  const [calls1, cpu1, serverCpu1] = [await used(setting), cpuMs(worker.pid), cpuMs(server.pid)];
  const [workerMb, serverMb] = [memoryMb(worker.pid), memoryMb(server.pid)];

  const ones: number[] = [];
  for (let number = 0; number < Math.min(WAKES, count); number++) {
    const request = requests[Math.floor((number * count) / WAKES) % count];
    if (request === undefined) break;
    const seq = await store.decisions.last({ workflow: request.id });
    const signalled = performance.now();
    await client.workflow.getHandle(request.id).signal('look');
    await until('it has looked', async () => ((await store.decisions.last({ workflow: request.id })) > seq ? true : undefined));
    ones.push(performance.now() - signalled);
  }
  await sleep(WRITTEN_MS);
  const calls2 = await used(setting);
  const seqs = await Promise.all(requests.map(({ id }) => store.decisions.last({ workflow: id })));
  const wakeFrom = Date.now();
  for (let at = 0; at < count; at += AT_ONCE)
    await Promise.all(requests.slice(at, at + AT_ONCE).map(({ id }) => client.workflow.getHandle(id).signal('look')));
  for (const [at, { id }] of requests.entries())
    await until(
      'all have looked',
      async () => ((await store.decisions.last({ workflow: id })) > (seqs[at] ?? 0) ? true : undefined),
      3_600,
    );
  const wakeAllSeconds = rounded((Date.now() - wakeFrom) / 1_000);
  await sleep(WRITTEN_MS);
  const calls3 = await used(setting);
  const hours = idle / 3_600_000;
  return [
    {
      requests: count,
      parkedInSeconds,
      workerMbBefore,
      workerMb,
      serverMb,
      idleSeconds: rounded(idle / 1_000, 0),
      workerCpuPercent: rounded(((cpu1 - cpu0) / idle) * 100),
      serverCpuPercent: rounded(((serverCpu1 - serverCpu0) / idle) * 100),
      forgeCallsAnHour: rounded((calls1.calls - calls0.calls) / hours, 0),
      forgeQuotaAnHour: rounded((calls1.quota - calls0.quota) / hours, 0),
      wakeOneP50Ms: rounded(percentile(ones, 50), 0),
      wakeOneP95Ms: rounded(percentile(ones, 95), 0),
      wakeAllSeconds,
      forgeCallsToWakeAll: calls3.calls - calls2.calls,
    },
  ];
}

/** The number of those that are is written now and then: it takes minutes. */
async function allParked({ store }: Setting, requests: readonly Opened[]): Promise<true | undefined> {
  for (const { id } of requests) {
    const seq = await store.decisions.last({ workflow: id });
    const [newest] = await store.decisions.trace({ workflow: id, after: seq - 1, limit: 1 });
    if (newest?.rule !== 'approval-missing') {
      await sleep(500);
      return undefined;
    }
  }
  return true;
}

async function used({ store }: Setting): Promise<{ calls: number; quota: number }> {
  const calls = await store.forgeUse.calls({ since: 0 });
  return {
    calls: calls.reduce((total, one) => total + one.calls, 0),
    quota: calls.reduce((total, one) => total + one.calls - one.unchanged, 0),
  };
}

/** Resident memory. Linux. */
const memoryMb = (pid: number | undefined): number =>
  rounded(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) / 1_024, 0);
