// Moves a ref for a call of the API: as the rules of the branch allow, and only from where the caller saw it.
import type { Forge } from '../forge.ts';
import { moveRef } from '../git/refs.ts';
import { NO_SHA } from '../git/repository.ts';
import type { Repository, User } from '../state/records.ts';
import { refusalOfMove, type RefMove } from './protection.ts';

export interface Move {
  readonly ref: string;
  /** NO_SHA for a ref that is made. */
  readonly from: string;
  /** NO_SHA for a ref that is removed. */
  readonly to: string;
}

/**
 * To be called while holding the repository.
 * @returns what the rules have against the move; `elsewhere` if the ref was moved meanwhile; undefined: it has moved
 */
export async function moveByApi(
  forge: Forge,
  repository: Repository,
  actor: User,
  { ref, from, to }: Move,
): Promise<{ readonly forbidden: string } | 'elsewhere' | undefined> {
  const branch = ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
  const kind = await kindOf(forge, repository, from, to);
  const because = branch === undefined ? undefined : refusalOfMove(forge.state, repository, actor, branch, kind);
  if (because !== undefined) return { forbidden: because };
  return (await moveRef(forge, repository, actor, { kind: 'move', ref, newSha: to }, from)) ? undefined : 'elsewhere';
}

async function kindOf(forge: Forge, repository: Repository, from: string, to: string): Promise<RefMove> {
  if (from === NO_SHA) return 'create';
  if (to === NO_SHA) return 'delete';
  return (await forge.git(repository).isAncestor(from, to)) ? 'push' : 'force';
}
