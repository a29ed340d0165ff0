// What protects a branch, and what that means for a push. For merges: domain/mergeability.ts.
import { matchesGlob } from 'node:path';
import type { PushRule } from '../git/hooks.ts';
import type { Reader } from '../state/state.ts';
import type { BranchProtection, Repository, User } from '../state/records.ts';
import { includes, roleOf } from './permissions.ts';

/** The protection of a branch: one named exactly like it before one with a pattern. */
export function protectionOf(state: Reader, repository: Repository, branch: string): BranchProtection | undefined {
  const all = state.select('branchProtection', 'repository', repository.id);
  return all.find((protection) => protection.branch === branch) ?? all.find((protection) => matchesGlob(branch, protection.branch));
}

export function rulesForPush(state: Reader, repository: Repository, user: User): PushRule[] {
  const isAdmin = includes(roleOf(state, repository, user), 'admin');
  return state.select('branchProtection', 'repository', repository.id).map((protection) => {
    const bypasses = isAdmin && !protection.enforceAdmins;
    const reasons = bypasses ? [] : reasonsAgainstPush(protection, user);
    const refuses = new Set<PushRule['refuses'][number]>();
    if (reasons.length > 0) for (const kind of ['push', 'force', 'create'] as const) refuses.add(kind);
    if (!protection.allowForcePushes) refuses.add('force');
    if (!protection.allowDeletions) refuses.add('delete');
    return { pattern: protection.branch, refuses: [...refuses], because: reasons[0] ?? 'Cannot force-push to this branch, nor delete it.' };
  });
}

function reasonsAgainstPush(protection: BranchProtection, user: User): string[] {
  const reasons: string[] = [];
  if (protection.lockBranch) reasons.push('Cannot change this locked branch.');
  if (protection.requiredReviews !== null) reasons.push('Changes must be made through a pull request.');
  if (protection.requiredStatusChecks !== null && protection.requiredStatusChecks.contexts.length > 0)
    reasons.push(`${protection.requiredStatusChecks.contexts.length} of the required status checks are expected.`);
  if (protection.restrictions !== null && !protection.restrictions.userIds.includes(user.id))
    reasons.push("You're not authorized to push to this branch.");
  return reasons;
}
