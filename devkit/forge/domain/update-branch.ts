// Brings the branch of a pull request up to date by merging its base into it.
import type { Forge } from '../forge.ts';
import { forbidden, unprocessable } from '../http/reply.ts';
import type { PullRequest, User } from '../state/records.ts';
import { tipOf } from './branches.ts';
import { mergeIntoBranch } from './merge-branches.ts';
import { bringCommits } from './open-pull-request.ts';
import { includes, roleOf } from './permissions.ts';
import { refusalOfMove } from './protection.ts';

/** @param expectedSha where the branch must be; null: wherever it is */
export async function updateBranch(
  forge: Forge,
  { id, repositoryId }: PullRequest,
  actor: User,
  expectedSha: string | null,
): Promise<void> {
  const { state } = forge;
  const repository = state.need('repository', repositoryId);
  await forge.exclusively(repository, async () => {
    const pull = state.need('pullRequest', id);
    const head = pull.headRepositoryId === null ? undefined : state.get('repository', pull.headRepositoryId);
    const ours = head === undefined ? undefined : tipOf(state, head.id, pull.headRef);
    const theirs = tipOf(state, repository.id, pull.baseRef);
    if (head === undefined || ours === undefined || theirs === undefined || state.need('issue', pull.issueId).state === 'closed')
      throw unprocessable('There is no branch to update: the pull request is closed, or one of its branches is gone.');
    const mayWrite = includes(roleOf(state, head, actor), 'write');
    const mayMaintain = pull.maintainerCanModify && includes(roleOf(state, repository, actor), 'write');
    if (!mayWrite && !mayMaintain) throw forbidden('You do not have permission to push to the head branch.');
    const refusal = refusalOfMove(state, head, actor, pull.headRef, 'push');
    if (refusal !== undefined) throw forbidden(refusal);
    if (expectedSha !== null && expectedSha !== ours) throw unprocessable('expected head sha didn’t match current head ref.');
    await bringCommits(forge, head, repository, pull.baseRef);
    const message = `Merge branch '${pull.baseRef}' into ${pull.headRef}`;
    const { kind } = await mergeIntoBranch(forge, head, actor, { branch: pull.headRef, ours, theirs, message });
    if (kind === 'nothing new') throw unprocessable('There are no new commits on the base branch.');
    if (kind === 'conflict') throw unprocessable('merge conflict between base and head');
  });
}
