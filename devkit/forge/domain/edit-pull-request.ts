// Changes what a pull request says, where it goes and whether it is open, all or nothing.
import type { Forge } from '../forge.ts';
import { changeSize } from '../git/merges.ts';
import { invalid, unprocessable } from '../http/reply.ts';
import type { ChangeSize, PullRequest, Repository, User } from '../state/records.ts';
import { tipOf } from './branches.ts';
import { openRequestOf } from './open-pull-request.ts';
import { closePullRequest, retarget } from './pull-request-states.ts';
import { editText } from './issues.ts';
import { prepareReopening, reopenPullRequest } from './reopen-pull-request.ts';
import { scheduleTrial } from './trial-merges.ts';

export interface PullRequestEdit {
  readonly title?: string;
  readonly body?: string | null;
  readonly base?: string;
  readonly state?: 'open' | 'closed';
  readonly maintainerCanModify?: boolean;
}

export async function editPullRequest(
  forge: Forge,
  repository: Repository,
  actor: User,
  id: number,
  edit: PullRequestEdit,
): Promise<PullRequest> {
  return forge.exclusively(repository, async () => {
    const before = forge.state.need('pullRequest', id);
    const target =
      edit.base === undefined || edit.base === before.baseRef ? undefined : await newBase(forge, repository, before, edit.base);
    const reopening = edit.state === 'open' ? await prepareReopening(forge, repository, before) : undefined;
    const changed = forge.state.transaction((transaction) => {
      const scene = { forge, transaction, actor };
      const { maintainerCanModify } = edit;
      if (maintainerCanModify !== undefined) transaction.change('pullRequest', id, { maintainerCanModify });
      editText(scene, transaction.need('issue', before.issueId), edit);
      if (reopening !== undefined) reopenPullRequest(scene, transaction.need('pullRequest', id), reopening);
      if (target !== undefined) retarget(scene, transaction.need('pullRequest', id), target.baseRef, target);
      if (edit.state === 'closed') closePullRequest(scene, transaction.need('pullRequest', id));
      return transaction.need('pullRequest', id);
    });
    if (target !== undefined || reopening !== undefined) scheduleTrial(forge, changed);
    return changed;
  });
}

type Target = ChangeSize & { readonly baseRef: string; readonly baseSha: string };

async function newBase(forge: Forge, repository: Repository, pull: PullRequest, baseRef: string): Promise<Target> {
  const { state } = forge;
  const problem = (code: 'invalid' | 'custom', message?: string): Error =>
    invalid({ resource: 'PullRequest', field: 'base', code, ...(message === undefined ? {} : { message }) });
  if (state.need('issue', pull.issueId).state === 'closed')
    throw unprocessable('Validation Failed', [
      { resource: 'PullRequest', field: 'base', code: 'custom', message: 'Cannot change the base branch of a closed pull request.' },
    ]);
  const baseSha = tipOf(state, repository.id, baseRef);
  if (baseSha === undefined) throw problem('invalid');
  const head = pull.headRepositoryId === null ? undefined : state.get('repository', pull.headRepositoryId);
  if (head !== undefined && openRequestOf(state, repository, head, pull.headRef, baseRef) !== undefined)
    throw problem('custom', `A pull request already exists for base branch '${baseRef}' and head branch '${pull.headRef}'`);
  const size = await changeSize(forge.git(repository), baseSha, pull.headSha);
  if (size.commits === 0)
    throw problem('custom', `There are no new commits between base branch '${baseRef}' and head branch '${pull.headRef}'`);
  return { ...size, baseRef, baseSha };
}
