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

export interface Attempt {
  /** Rejects if the process ends before it gets there. */
  readonly reached: Promise<unknown>;
  readonly outcome: Promise<unknown>;
  readonly goOn: () => void;
  readonly kill: () => Promise<void>;
}

export const installationKey = new Uint8Array(32);

/** Does what Temporal does: another attempt after a retryable failure, when it says. */
export async function untilDone(once: Once, job: Job): Promise<unknown> {
  try {
    return await once(job.key, effectOf(job.effectClass, job.target));
  } catch (error) {
    if (!(error instanceof ApplicationFailure) && !(error instanceof TypeError)) throw error;
    await pass(error instanceof ApplicationFailure ? Number(error.nextRetryDelay ?? 50) : 50);
    return untilDone(once, job);
  }
}

/** The attempts of this very process, until one is done. */
export async function attemptHere(job: Job): Promise<unknown> {
  const store = await openStore({ path: job.path });
  const outcome = await untilDone(createOnce({ store, installationKey, leaseMarginMs: job.leaseMarginMs }), job);
  await store.close();
  return outcome;
}

const processes: Promise<unknown>[] = [];

/** When every process that was started has ended, and with it its use of the store. */
export const allEnded = async (): Promise<void> => {
  await Promise.all(processes.splice(0));
};

export function start(job: Job): Attempt {
  const child = fork(PROGRAM, [JSON.stringify(job)], { execArgv: [] });
  const ended = nextEvent(child, 'exit');
  processes.push(ended);
  return {
    reached: said(child, 'reached'),
    outcome: said(child, 'outcome'),
    goOn: () => child.send({}),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function said(child: ChildProcess, what: string): Promise<unknown> {
  const answer = new Promise((resolve, reject) => {
    child.on('message', (message: Record<string, unknown>) => {
      if (what in message) resolve(message[what]);
    });
    child.once('exit', (code) => {
      reject(new Error(`the attempt ended with ${code} before it said "${what}"`));
    });
  });
  answer.catch(() => undefined); // not every test waits for everything that an attempt may say
  return answer;
}

export function timesDone(world: World, effectClass: EffectClass): number {
  switch (effectClass) {
    case 'guarded':
      return world.merges.length;
    case 'convergent':
      return world.labels.get('x') === 'set' ? world.labels.size : 0;
    case 'marked':
      return world.comments.length;
    case 'unprobeable':
      return world.messages.length;
  }
}
