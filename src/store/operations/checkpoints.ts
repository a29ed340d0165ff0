// The newest checkpoint of each worktree: its unfinished work, for when its machine is lost. One a worktree, so that a session of a thousand
// turns weighs no more than its last state.
import { read, write } from '../operation.ts';
import { emit } from './events.ts';

export interface NewCheckpoint {
  /** Id of the worktree. */
  readonly worktree: string;
  /** Id of the session, or key of the effect, after which it was taken. */
  readonly takenFor: string;
  /** Where the mirror is that the worktree borrows from. */
  readonly mirror: string;
  /** Commit that the worktree was made from; the bundle begins there. */
  readonly base: string;
  readonly branch: string;
  /** The last real commit in it. */
  readonly head: string;
  /** Names its content. */
  readonly work: string;
  readonly bundle: Uint8Array;
}

export interface KeptCheckpoint extends NewCheckpoint {
  /** Milliseconds since 1970. */
  readonly at: number;
}

export const checkpoints = {
  /** Takes the place of the one before. */
  keep: write(async (scope, checkpoint: NewCheckpoint): Promise<void> => {
    const { worktree, ...row } = { ...checkpoint, at: scope.now };
    await scope.db
      .insertInto('checkpoints')
      .values({ worktree, ...row })
      .onConflict((conflict) => conflict.column('worktree').doUpdateSet(row))
      .execute();
    const body = { worktree, head: row.head, bytes: row.bundle.byteLength };
    await emit(scope, { kind: 'worktree.checkpoint', subject: row.takenFor, body });
  }),

  /** All but the bundle. */
  about: read(async ({ db }, input: { readonly worktree: string }): Promise<Omit<KeptCheckpoint, 'bundle'> | undefined> => {
    const columns = ['worktree', 'takenFor', 'mirror', 'base', 'branch', 'head', 'work', 'at'] as const;
    return db.selectFrom('checkpoints').select(columns).where('worktree', '=', input.worktree).executeTakeFirst();
  }),

  find: read(async ({ db }, input: { readonly worktree: string }): Promise<KeptCheckpoint | undefined> => {
    return db.selectFrom('checkpoints').selectAll().where('worktree', '=', input.worktree).executeTakeFirst();
  }),

  /** The worktree is removed on purpose, or has left its unfinished work behind. */
  forget: write(async ({ db }, input: { readonly worktree: string }): Promise<void> => {
    await db.deleteFrom('checkpoints').where('worktree', '=', input.worktree).execute();
  }),
};
