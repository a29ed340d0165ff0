// The end of a worktree, and with it of what was kept for the case that it is lost.
import { retireWorktree, type Retired } from '../../git/retire.ts';
import type { CheckpointDeps } from './checkpoints.ts';

/** @param at seconds since 1970 */
export async function retire({ store, git }: CheckpointDeps, worktree: string, at: number): Promise<Retired> {
  const retired = await retireWorktree(git, worktree, at);
  if (retired.kind === 'removed') await store.checkpoints.forget({ worktree });
  return retired;
}
