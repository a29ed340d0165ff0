// Unfinished work is kept in the store, so that nothing of it is lost with a machine: while the model of a session thinks, when a session
// waits or ends, and whenever we move a worktree to a commit that is not published. A worktree that is gone is made again from there.
import { OURSELVES } from '../../contracts/mail.ts';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BASE, gitLine, type GitHost, type Worktree } from '../../git/command.ts';
import { checkpointSince, restoreCheckpoint } from '../../git/checkpoint.ts';
import { hasCommit } from '../../git/mirror.ts';
import { worktreeAt, worktreeIdOf } from '../../git/worktree.ts';
import type { Store } from '../../store/store.ts';

export interface CheckpointDeps {
  readonly store: Store;
  readonly git: GitHost;
}

/** Between two while a session works: what a lost machine costs is this and a turn. */
const EVERY_MS = 15_000;
/** Larger work is not kept; that is said, and the checkpoint before stays. */
const MOST_BYTES = 64 * 1024 ** 2;

/**
 * Keeps what a worktree has beyond its base, if that has changed since it was last kept. Returns the name of what it has.
 * @param takenFor session or effect whose work it is
 */
export async function keepWork(
  { store, git }: CheckpointDeps,
  worktree: Worktree,
  takenFor: string,
  mostBytes = MOST_BYTES,
): Promise<string> {
  const id = worktreeIdOf(worktree);
  const before = await store.checkpoints.about({ worktree: id });
  const found = await checkpointSince(git, worktree, { since: before?.work ?? null, mostBytes });
  if (found.kind === 'same') return found.work;
  if (found.kind === 'too large') {
    const because = `The unfinished work has ${found.bytes} bytes, a checkpoint may have ${mostBytes}: the repository should ignore what is built.`;
    await store.events.append({ events: [{ kind: 'worktree.not-kept', subject: takenFor, body: { worktree: id, because } }] });
    return found.work;
  }
  const [base, branch] = await Promise.all([
    gitLine(git, worktree, ['rev-parse', '--verify', BASE], { access: 'read' }),
    gitLine(git, worktree, ['symbolic-ref', '--short', 'HEAD'], { access: 'read' }),
  ]);
  const { head, work, bundle, problems } = found;
  await store.checkpoints.keep({ worktree: id, takenFor, mirror: worktree.mirror, base, branch, head, work, bundle });
  if (problems.length > 0) {
    const because = `Not in the checkpoint: ${problems.join('; ')}.`;
    await store.events.append({ events: [{ kind: 'worktree.not-kept', subject: takenFor, body: { worktree: id, because } }] });
  }
  return work;
}

/** Makes a worktree again as it was when it was last kept. @returns undefined where that can't be done */
export async function restoreWork({ store, git }: CheckpointDeps, id: string, mirror?: string): Promise<Worktree | undefined> {
  const kept = await store.checkpoints.find({ worktree: id });
  if (kept === undefined) return undefined;
  const { takenFor, base, branch, head, at } = kept;
  const source = mirror ?? kept.mirror;
  const isPossible = existsSync(source) && (await hasCommit(source, base));
  const kind = isPossible ? 'worktree.restored' : 'worktree.not-restored';
  await store.events.append({ events: [{ kind, subject: takenFor, body: { worktree: id, base, head, keptAt: at } }] });
  if (!isPossible) return undefined;
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-checkpoint-'));
  try {
    const bundle = join(directory, 'work.bundle');
    await writeFile(bundle, kept.bundle);
    return await restoreCheckpoint(git, { id, mirror: source, base, branch, bundle });
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** What a session's activities do for the worktree that they work in. */
export interface SessionWork {
  /**
   * Keeps the work of a session; `seldom` while it works, whoever calls how often. Nothing in the worktree changes meanwhile.
   * Returns the name of what the worktree held when it was last looked at; undefined where it is none of ours.
   */
  keep(session: string, directory: string, how: 'now' | 'seldom'): Promise<string | undefined>;
  /** Makes the worktree again where it is gone, and tells the agent so before anything else: no tool begins before it has seen that. */
  ensure(session: string, directory: string, turn: number): Promise<undefined>;
}

export function createSessionWork(deps: CheckpointDeps, now: () => number = Date.now): SessionWork {
  const { store } = deps;
  return {
    async keep(session, directory, how) {
      const worktree = await worktreeAt(directory);
      if (worktree === undefined || !existsSync(directory)) return undefined; // gone, or not one of ours
      if (how === 'seldom') {
        const kept = await store.checkpoints.about({ worktree: worktreeIdOf(worktree) });
        if (kept !== undefined && now() - kept.at < EVERY_MS) return kept.work;
      }
      return keepWork(deps, worktree, session);
    },

    async ensure(session, directory, turn) {
      if (existsSync(directory)) return undefined;
      const id = worktreeIdOf({ directory });
      const kept = await store.checkpoints.about({ worktree: id });
      if (kept === undefined) return undefined;
      const text =
        `Your worktree was lost with its machine. It is made again as it was at ${new Date(kept.at).toISOString()}, commits and ` +
        'uncommitted files; what was changed later, and files that the repository ignores, are not there. Look at what is there before you go on.';
      // Before it is made: whoever dies in between finds it gone, and says it again under the same id.
      await store.mail.post({
        id: `${session}/restored/${turn}`,
        to: session,
        from: OURSELVES,
        kind: 'steer',
        body: { text },
        ifClosed: 'return',
      });
      await restoreWork(deps, id);
      return undefined;
    },
  };
}
