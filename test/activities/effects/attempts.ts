// Starts attempts at an effect, here or as processes of their own, and counts in the world what they did.
import { fork, type ChildProcess } from 'node:child_process';
import { once as nextEvent } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as pass } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { createOnce, type Once } from '../../../src/activities/effects/once.ts';
import type { EffectClass } from '../../../src/contracts/effect.ts';
import { openStore } from '../../../src/store/open.ts';
import { effectOf, type Target } from './effects.ts';
import type { World } from './world.ts';

const PROGRAM = fileURLToPath(new URL('./attempt.ts', import.meta.url));

export type Point = 'before the claim' | 'claimed' | 'acted' | 'recorded';

export interface Job {
  readonly path: string;
  readonly key: string;
  readonly effectClass: EffectClass;
  readonly target: Target;
  readonly leaseMarginMs: number;
  readonly stopAt?: Point;
}

/** A process with its attempts, by the keys of their jobs. */
export interface Attempts {
  /** Rejects if the process ends before it gets there. */
  readonly reached: (key: string) => Promise<unknown>;
  readonly outcome: (key: string) => Promise<unknown>;
  readonly goOn: () => void;
  readonly kill: () => Promise<void>;
}

export const installationKey = new Uint8Array(32);

const LONGEST_MS = 45_000;

/** Does what Temporal does: another attempt after a retryable failure, when it says. @throws what kept it away, where that lasts */
export async function untilDone(once: Once, job: Job, until = Date.now() + LONGEST_MS): Promise<unknown> {
  try {
    return await once(job.key, effectOf(job.effectClass, job.target));
  } catch (error) {
    if ((!(error instanceof ApplicationFailure) && !(error instanceof TypeError)) || Date.now() > until) throw error;
    await pass(error instanceof ApplicationFailure ? Number(error.nextRetryDelay ?? 50) : 50);
    return untilDone(once, job, until);
  }
}

/** The attempts of this very process, until one of each job is done. */
export async function attemptHere(jobs: readonly Job[]): Promise<unknown[]> {
  const store = await openStore({ path: jobs[0]?.path ?? '' });
  const outcomes = await Promise.all(
    jobs.map((job) => untilDone(createOnce({ store, installationKey, leaseMarginMs: job.leaseMarginMs }), job)),
  );
  await store.close();
  return outcomes;
}

const processes: Promise<unknown>[] = [];

/** When every process that was started has ended, and with it its use of the store. */
export const allEnded = async (): Promise<void> => {
  await Promise.all(processes.splice(0));
};

export function start(jobs: readonly Job[]): Attempts {
  const child = fork(PROGRAM, [JSON.stringify(jobs)], { execArgv: [] });
  const ended = nextEvent(child, 'exit');
  processes.push(ended);
  const heard = new Map(jobs.map(({ key }) => [key, { reached: hear(child, 'reached', key), outcome: hear(child, 'outcome', key) }]));
  const of = (key: string) => {
    const one = heard.get(key);
    if (one === undefined) throw new Error(`there is no job ${key}`);
    return one;
  };
  return {
    reached: (key) => of(key).reached,
    outcome: (key) => of(key).outcome,
    goOn: () => child.send({}),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function hear(child: ChildProcess, what: string, key: string): Promise<unknown> {
  const answer = new Promise((resolve, reject) => {
    child.on('message', (said: { readonly what: string; readonly key: string; readonly value: unknown }) => {
      if (said.what === what && said.key === key) resolve(said.value);
    });
    child.once('exit', (code) => {
      reject(new Error(`the attempt at ${key} ended with ${code} before it said "${what}"`));
    });
  });
  child.setMaxListeners(100);
  answer.catch(() => undefined); // not every test waits for everything that an attempt may say
  return answer;
}

export function timesDone(world: World, { effectClass, target: { name } }: Job): number {
  switch (effectClass) {
    case 'guarded':
      return world.merges.filter((merged) => merged === name).length;
    case 'convergent':
      return world.labels.get(name) === 'set' ? 1 : 0;
    case 'marked':
      return world.comments.filter(({ text }) => text.startsWith(`${name} `)).length;
    case 'unprobeable':
      return world.messages.filter(({ text }) => text === name).length;
  }
}
