// Random histories against one forge, each in a repository of its own. Used by histories.test.ts and `npm run forge:histories`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { startTestForge } from '../harness.ts';
import { receiveWebhooks } from '../webhook-receiver.ts';
import { BEGINNING, histories, type History } from './acts.ts';
import { judge } from './judge.ts';
import { play, type Stage } from './play.ts';
import type { Merge } from './reckoning.ts';

export interface HistoriesReport {
  readonly histories: number;
  /** By kind of act: how many were done, and how many refused. */
  readonly acts: Readonly<Record<string, { done: number; refused: number }>>;
  readonly merges: readonly Merge[];
  readonly refusals: readonly string[];
}

interface Options {
  readonly count: number;
  readonly seed: number;
  /** Where to take up again what fast-check has found, as it printed it. */
  readonly path?: string;
  /** Look for the smallest that fails, too: that takes as long as many more histories. */
  readonly shrink?: boolean;
  /** Called with each history that went well. */
  readonly tell?: (story: string) => void;
}

/** @throws Error with a history that goes wrong, and what is wrong with it */
export async function runHistories({ count, seed, path: at, shrink = false, tell = () => undefined }: Options): Promise<HistoriesReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'histories-'));
  const forge = await startTestForge();
  const acts: Record<string, { done: number; refused: number }> = {};
  const merges: Merge[] = [];
  const refusals: string[] = [];
  const live = async (history: History): Promise<void> => {
    const stage = await prepare(forge, folder);
    const receiver = await receiveWebhooks();
    try {
      await receiver.subscribe(forge, stage.place);
      const reckoning = await play(stage, [...BEGINNING, ...history]);
      await judge(stage, reckoning, receiver).catch((error: unknown) => {
        throw new Error(`${(error as Error).message}\nas it went:\n${reckoning.story.join('\n')}`);
      });
      for (const [kind, { done, refused }] of reckoning.counts) {
        const sum = acts[kind] ?? { done: 0, refused: 0 };
        acts[kind] = { done: sum.done + done, refused: sum.refused + refused };
      }
      tell(reckoning.story.join('\n'));
      merges.push(...reckoning.merges);
      refusals.push(...reckoning.refusals);
    } finally {
      await receiver.stop();
    }
  };
  try {
    await forge.addUser('helper');
    const parameters = {
      seed,
      numRuns: count,
      endOnFailure: !shrink,
      interruptAfterTimeLimit: LIMIT_MS,
      ...(at === undefined ? {} : { path: at }),
    };
    const found = await fc.check(fc.asyncProperty(histories({ least: 15, most: 20 }), live), parameters);
    if (found.failed || found.interrupted) {
      const where = `with seed ${seed}, path ${found.counterexamplePath ?? 'none'}, after ${found.numShrinks} shrinks`;
      throw new Error(`${where}: ${(found.errorInstance as Error | null)?.message ?? 'the time was over'}`);
    }
    return { histories: count, acts, merges, refusals };
  } finally {
    await forge.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Looking for a smaller history ends after so long; so does a machine that is too slow for so many. */
const LIMIT_MS = 900_000;

let repositories = 0;

async function prepare(forge: Stage['forge'], folder: string): Promise<Stage> {
  const name = `history-${++repositories}`;
  const { path: bare } = await forge.control<{ path: string }>('POST', '/_repositories', {
    owner: 'owner',
    name,
    collaborators: { writer: 'write', helper: 'write', reader: 'read' },
  });
  const place = { owner: 'owner', repo: name };
  const { rest } = forge.as('owner');
  const { data: main } = await rest.git.getRef({ ...place, ref: 'heads/main' });
  await rest.repos.update({ ...place, allow_auto_merge: true });
  await rest.git.createRef({ ...place, ref: 'refs/heads/next', sha: main.object.sha });
  return { forge, place, bare, folder };
}
