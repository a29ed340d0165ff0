// Opens a closed pull request again, unless its ends have gone or its head was rewritten: then GitHub wants a new request.
import type { Forge } from '../forge.ts';
import { changeSize } from '../git/merges.ts';
import { invalid, type Refusal } from '../http/reply.ts';
import type { PullRequest, Repository, User } from '../state/records.ts';
import { tipOf } from './branches.ts';
import { recordIssueEvent } from './issue-events.ts';
import { bringCommits, openRequestOf } from './open-pull-request.ts';
import { announce } from './pull-request-events.ts';
import { scheduleTrial } from './trial-merges.ts';

/** To be called while holding the repository. Nothing happens to a request that is open. */
export async function reopenPullRequest(forge: Forge, repository: Repository, actor: User, pull: PullRequest): Promise<PullRequest> {
  const { state } = forge;
  if (state.need('issue', pull.issueId).state === 'open') return pull;
  if (pull.mergedAt !== null) throw refused('The pull request was merged.');
  const headRepository = pull.headRepositoryId === null ? undefined : state.get('repository', pull.headRepositoryId);
  if (headRepository === undefined) throw refused('The repository that submitted this pull request has been deleted.');
  const headSha = tipOf(state, headRepository.id, pull.headRef);
  const baseSha = tipOf(state, repository.id, pull.baseRef);
  if (headSha === undefined) throw refused(`The ${pull.headRef} branch has been deleted.`);
  if (baseSha === undefined) throw refused(`The ${pull.baseRef} branch has been deleted.`);
  const other = openRequestOf(state, repository, headRepository, pull.headRef, pull.baseRef);
  if (other !== undefined) throw refused(`There is already an open pull request from ${pull.headRef} to ${pull.baseRef}.`);

  await bringCommits(forge, repository, headRepository, pull.headRef);
  const git = forge.git(repository);
  if (!(await git.isAncestor(pull.headSha, headSha))) throw refused(`The ${pull.headRef} branch was force-pushed or recreated.`);
  const size = await changeSize(git, baseSha, headSha);
  if (size.commits === 0) throw refused(`There are no new commits on the ${pull.headRef} branch.`);
  await git.run(['update-ref', `refs/pull/${pull.number}/head`, headSha]);
  const reopened = state.transaction((transaction) => {
    const now = Date.now();
    const moved = headSha === pull.headSha ? {} : { headSha, headPushedBy: actor.id, headPushedAt: now };
    const changed = transaction.change('pullRequest', pull.id, { ...moved, baseSha, size });
    const issue = transaction.change('issue', pull.issueId, { state: 'open', closedAt: null, closedBy: null, updatedAt: now });
    recordIssueEvent(transaction, { issue, actor, event: 'reopened' });
    announce(forge, transaction, changed, actor, { action: 'reopened' });
    return changed;
  });
  scheduleTrial(forge, reopened);
  return reopened;
}

const refused = (why: string): Refusal =>
  invalid({ resource: 'PullRequest', field: 'state', code: 'invalid', message: `state cannot be changed. ${why}` });
