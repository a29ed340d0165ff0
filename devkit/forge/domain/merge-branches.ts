// Merges one line of commits into another without asking any pull request: repos/merge, and the update of a request's branch by its base.
import type { Forge } from '../forge.ts';
import { commitTree, FORGE_IDENTITY, mergedTree } from '../git/merges.ts';
import { moveRef } from '../git/refs.ts';
import type { Repository, User } from '../state/records.ts';
import { identityOf } from './merge-commits.ts';

export type BranchMerge =
  { readonly kind: 'merged'; readonly sha: string } | { readonly kind: 'nothing new' } | { readonly kind: 'conflict' };

/** To be called while holding the repository, which has both commits. @param branch is at `ours` */
export async function mergeIntoBranch(
  forge: Forge,
  repository: Repository,
  actor: User,
  { branch, ours, theirs, message }: { branch: string; ours: string; theirs: string; message: string },
): Promise<BranchMerge> {
  const git = forge.git(repository);
  if (await git.isAncestor(theirs, ours)) return { kind: 'nothing new' };
  const tree = await mergedTree(git, ours, theirs);
  if (tree === undefined) return { kind: 'conflict' };
  const sha = await commitTree(git, { tree, parents: [ours, theirs], message, author: identityOf(actor), committer: FORGE_IDENTITY });
  const moved = await moveRef(forge, repository, actor, { kind: 'move', ref: `refs/heads/${branch}`, newSha: sha }, ours);
  return moved ? { kind: 'merged', sha } : { kind: 'conflict' };
}
