// What a moved branch means for pull requests: new commits in a head, a head or a base that is gone, a head that has reached its base.
import type { Forge } from '../forge.ts';
import { NO_SHA } from '../git/repository.ts';
import type { PullRequest, Repository, User } from '../state/records.ts';
import type { Transaction } from '../state/state.ts';
import { disableAutoMerge } from './auto-merge.ts';
import { recordIssueEvent } from './issue-events.ts';
import { close } from './issues.ts';
import { includes, roleOf } from './permissions.ts';
import { closePullRequest, retarget } from './pull-request-states.ts';
import { announce } from './pull-request-events.ts';
import { mergedFrom, openPullsFrom, openPullsInto } from './pulls-of-branch.ts';
import { removeFromQueue } from './queue-entries.ts';
import { recordMerged } from './record-merge.ts';
import type { DescribedChange } from './ref-change.ts';
import { closedBy } from './references.ts';
import type { Scene } from './scene.ts';
import { dismissStaleApprovals } from './stale-approvals.ts';

export function followPulls(forge: Forge, transaction: Transaction, repository: Repository, actor: User, change: DescribedChange): void {
  const scene = { forge, transaction, actor };
  const branch = change.name.slice('refs/heads/'.length);
  if (change.after === NO_SHA) return followDeletion(scene, repository, branch, change);
  for (const pull of openPullsFrom(transaction, repository, branch)) followHead(scene, pull, change);
  for (const pull of openPullsInto(transaction, repository, branch))
    if (change.pulls.contained.has(pull.number)) recordMerged(scene, pull, { sha: change.after, how: 'push' });
}

/** Issues that a commit on the default branch says it closes. */
export function closeIssuesNamedIn(
  forge: Forge,
  transaction: Transaction,
  repository: Repository,
  actor: User,
  change: DescribedChange,
): void {
  if (change.name !== `refs/heads/${repository.defaultBranch}` || change.after === NO_SHA) return;
  for (const { sha, message } of change.commits)
    for (const issue of closedBy(transaction, repository, message)) close({ forge, transaction, actor }, issue, { commitSha: sha });
}

function followHead(scene: Scene, before: PullRequest, change: DescribedChange): void {
  const { forge, transaction, actor } = scene;
  const facts = change.pulls.sizes.get(before.id);
  if (facts === undefined) return;
  const { baseSha, ...size } = facts;
  const now = Date.now();
  const pull = transaction.change('pullRequest', before.id, {
    headSha: change.after,
    baseSha,
    size,
    headPushedBy: actor.id,
    headPushedAt: now,
  });
  const issue = transaction.change('issue', pull.issueId, { updatedAt: now });
  if (change.forced) recordIssueEvent(transaction, { issue, actor, event: 'head_ref_force_pushed', commitSha: change.after });
  const repository = transaction.need('repository', pull.repositoryId);
  dismissStaleApprovals(scene, pull);
  removeFromQueue(scene, pull, 'HEAD_MOVED');
  if (pull.autoMerge !== null && !includes(roleOf(transaction, repository, actor), 'write'))
    disableAutoMerge(scene, pull, 'The head branch was pushed to by a user without write access');
  announce(forge, transaction, transaction.need('pullRequest', pull.id), actor, {
    action: 'synchronize',
    payload: { before: before.headSha, after: change.after },
    details: { before: before.headSha, after: change.after },
  });
  if (size.commits === 0) closePullRequest(scene, transaction.need('pullRequest', pull.id)); // nothing is left to merge
}

function followDeletion(scene: Scene, repository: Repository, branch: string, change: DescribedChange): void {
  const { transaction, actor } = scene;
  const merged = mergedFrom(transaction, repository, branch, change.before);
  const closing = [...openPullsFrom(transaction, repository, branch), ...(merged === undefined ? [] : [merged])];
  for (const pull of closing) {
    recordIssueEvent(transaction, { issue: transaction.need('issue', pull.issueId), actor, event: 'head_ref_deleted' });
    if (pull.mergedAt === null) closePullRequest(scene, pull);
  }
  for (const pull of openPullsInto(transaction, repository, branch)) {
    const facts = change.pulls.sizes.get(pull.id);
    if (merged === undefined || facts === undefined || facts.commits === 0) closePullRequest(scene, pull);
    else retarget(scene, pull, merged.baseRef, facts);
  }
}
