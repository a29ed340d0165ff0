// How many sessions this machine carries at once, each taking a turn in three seconds, before Signalbox's own share of a turn passes 150 ms (p95).
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile, rounded } from './figures.ts';
import type { Setting } from './setting.ts';

const THINK_MS = 3_000;
const LIMIT_MS = 150;
const WATCH_MS = 20_000;

export interface Live {
  readonly sessions: number;
  readonly turns: number;
  readonly p50OverheadMs: number;
  readonly p95OverheadMs: number;
}

export async function measureLive(setting: Setting, counts: readonly number[] = [10, 20, 40, 60, 80, 120, 160]): Promise<Live[]> {
  const worker = await setting.startWorker();
  const steps: Live[] = [];
  let started = 0;
  for (const sessions of counts) {
    for (; started < sessions; started++) {
      await setting.startSession(`live-${started}`, { turns: 100_000, resultBytes: 1_000, thinkMs: THINK_MS });
      await sleep(THINK_MS / sessions); // spread over the three seconds, as people's sessions are
    }
    await sleep(2 * THINK_MS);
    const step = await watch(setting, sessions);
    steps.push(step);
    process.stderr.write(`${JSON.stringify(step)}\n`);
    if (step.p95OverheadMs > LIMIT_MS) break;
  }
  for (let number = 0; number < started; number++) await setting.client.workflow.getHandle(`session/live-${number}`).terminate();
  worker.kill('SIGKILL');
  return steps;
}

/** A turn's overhead: from reply to reply, less what the model thinks. */
async function watch(setting: Setting, sessions: number): Promise<Live> {
  const from = Date.now();
  await sleep(WATCH_MS);
  const overheads: number[] = [];
  for (let number = 0; number < sessions; number++) {
    const events = await setting.store.events.after({ seq: 0, limit: 100_000, subject: `session/live-${number}` });
    const replies = events.filter(({ kind, body }) => kind === 'turn' && /^turn\/\d+$/.test((body as { key: string }).key));
    for (const [index, reply] of replies.entries()) {
      const before = replies[index - 1];
      if (before !== undefined && before.at >= from) overheads.push(reply.at - before.at - THINK_MS);
    }
  }
  return {
    sessions,
    turns: overheads.length,
    p50OverheadMs: rounded(percentile(overheads, 50), 0),
    p95OverheadMs: rounded(percentile(overheads, 95), 0),
  };
}
