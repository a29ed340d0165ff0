// How long nothing happens after kill -9: of the worker that has the work (another one stands by), and of everything (then one worker
// and the server are started again at once; measured from the moment of that).
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';
import { percentile, rounded } from './figures.ts';
import type { Setting } from './setting.ts';

export interface Recovery {
  readonly what: 'worker' | 'everything';
  readonly kills: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly mostMs: number;
}

export async function measureRecovery(setting: Setting, [ofWorker = 20, ofAll = 8]: readonly number[] = []): Promise<Recovery[]> {
  const workers = [await setting.startWorker(), await setting.startWorker()];
  const session = 'recovery';
  await setting.startSession(session, { turns: 100_000, resultBytes: 100, thinkMs: 150 });
  const id = `session/${session}`;
  await progress(setting, id);

  const afterWorker: number[] = [];
  for (let kill = 0; kill < ofWorker; kill++) {
    const victim = await holderOf(setting, id, workers);
    await sleep((kill % 10) * 20); // at any moment of a turn, not only while an activity begins
    victim.kill('SIGKILL');
    afterWorker.push(await progress(setting, id));
    workers[workers.indexOf(victim)] = await setting.startWorker();
  }
  const afterAll: number[] = [];
  for (let kill = 0; kill < ofAll; kill++) {
    for (const worker of workers) worker.kill('SIGKILL');
    await setting.server.kill();
    const again = performance.now();
    workers.splice(0, 2, setting.spawnWorker());
    await setting.startServer();
    await progress(setting, id);
    afterAll.push(performance.now() - again);
  }
  await setting.client.workflow.getHandle(id).terminate();
  for (const worker of workers) worker.kill('SIGKILL');
  return [summary('worker', afterWorker), summary('everything', afterAll)];
}

/** Milliseconds from now until the session's next step is in the store. */
async function progress(setting: Setting, session: string): Promise<number> {
  const from = performance.now();
  const before = (await setting.store.transcripts.read({ session, after: 0 })).at(-1)?.seq ?? 0;
  while ((await setting.store.transcripts.read({ session, after: before })).length === 0) await sleep(5);
  return performance.now() - from;
}

/** The worker that runs the activity under way; asked again until there is one. */
async function holderOf(setting: Setting, id: string, workers: readonly ChildProcess[]): Promise<ChildProcess> {
  for (;;) {
    const { raw } = await setting.client.workflow.getHandle(id).describe();
    const identity = raw.pendingActivities?.[0]?.lastWorkerIdentity;
    const holder = workers.find(({ pid }) => identity?.startsWith(`${pid}@`));
    if (holder !== undefined) return holder;
  }
}

const summary = (what: Recovery['what'], times: readonly number[]): Recovery => ({
  what,
  kills: times.length,
  p50Ms: rounded(percentile(times, 50), 0),
  p95Ms: rounded(percentile(times, 95), 0),
  mostMs: rounded(Math.max(...times), 0),
});
