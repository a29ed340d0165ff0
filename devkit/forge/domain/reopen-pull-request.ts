// Opens a closed pull request again, unless its ends have gone or its head was rewritten: then GitHub wants a new request. What git has to say
// of it is asked before the transaction, which can so open it together with whatever else was wished, or not at all.
import type { Forge } from '../forge.ts';
import { changeSize } from '../git/merges.ts';
import { invalid, type Refusal } from '../http/reply.ts';
import type { PullRequest, Ref, Repository } from '../state/records.ts';
import { refOf, tipOf } from './branches.ts';
import { recordIssueEvent } from './issue-events.ts';
import { bringCommits, openRequestOf } from './open-pull-request.ts';
import { announce } from './pull-request-events.ts';
import type { Scene } from './scene.ts';
import { dismissStaleApprovals } from './stale-approvals.ts';

/** What a request that can be opened again will be at. */
export type Reopening = Pick<PullRequest, 'headSha' | 'baseSha' | 'size'> & Pick<Ref, 'movedBy'>;

/** To be called while holding the repository. Undefined for a request that is open. @throws Refusal if it cannot be opened again */
export async function prepareReopening(forge: Forge, repository: Repository, pull: PullRequest): Promise<Reopening | undefined> {
  const { state } = forge;
  if (state.need('issue', pull.issueId).state === 'open') return undefined;
  if (pull.mergedAt !== null) throw refused('The pull request was merged.');
  const headRepository = pull.headRepositoryId === null ? undefined : state.get('repository', pull.headRepositoryId);
  if (headRepository === undefined) throw refused('The repository that submitted this pull request has been deleted.');
  const head = refOf(state, headRepository.id, pull.headRef);
  const baseSha = tipOf(state, repository.id, pull.baseRef);
  if (head === undefined) throw refused(`The ${pull.headRef} branch has been deleted.`);
  if (baseSha === undefined) throw refused(`The ${pull.baseRef} branch has been deleted.`);
  const other = openRequestOf(state, repository, headRepository, pull.headRef, pull.baseRef);
  if (other !== undefined) throw refused(`There is already an open pull request from ${pull.headRef} to ${pull.baseRef}.`);

  await bringCommits(forge, repository, headRepository, pull.headRef);
  const git = forge.git(repository);
  if (!(await git.isAncestor(pull.headSha, head.sha))) throw refused(`The ${pull.headRef} branch was force-pushed or recreated.`);
  const size = await changeSize(git, baseSha, head.sha);
  if (size.commits === 0) throw refused(`There are no new commits on the ${pull.headRef} branch.`);
  await git.run(['update-ref', `refs/pull/${pull.number}/head`, head.sha]);
  return { headSha: head.sha, baseSha, size, movedBy: head.movedBy };
}

/** What was pushed while it was closed counts as pushed now. */
export function reopenPullRequest(scene: Scene, pull: PullRequest, { headSha, baseSha, size, movedBy }: Reopening): PullRequest {
  const { forge, transaction, actor } = scene;
  const now = Date.now();
  const hasMoved = headSha !== pull.headSha;
  const moved = hasMoved ? { headSha, headPushedBy: movedBy, headPushedAt: now } : {};
  const changed = transaction.change('pullRequest', pull.id, { ...moved, baseSha, size });
  const issue = transaction.change('issue', pull.issueId, { state: 'open', closedAt: null, closedBy: null, updatedAt: now });
  recordIssueEvent(transaction, { issue, actor, event: 'reopened' });
  if (hasMoved) dismissStaleApprovals(scene, changed);
  announce(forge, transaction, changed, actor, { action: 'reopened' });
  return changed;
}

const refused = (why: string): Refusal =>
  invalid({ resource: 'PullRequest', field: 'state', code: 'invalid', message: `state cannot be changed. ${why}` });
