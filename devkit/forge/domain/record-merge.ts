// What the forge writes down once a head is in its base: by a merge of its own (also after a crash between git and the record), by the
// merge queue, or by somebody's push.
import { fullName } from '../api/present/repository.ts';
import type { Forge } from '../forge.ts';
import type { Intent, MergeMethod, PullRequest, User } from '../state/records.ts';
import type { Transaction } from '../state/state.ts';
import { recordIssueEvent } from './issue-events.ts';
import { close } from './issues.ts';
import { announce } from './pull-request-events.ts';
import { entryOf, publishGroupGone, removeFromQueue } from './queue-entries.ts';
import { closedBy } from './references.ts';
import type { Scene } from './scene.ts';

type Merge = Extract<Intent['change'], { kind: 'merge' }>;
export function recordMerge(forge: Forge, transaction: Transaction, merge: Merge, actor: User): void {
  recordMerged({ forge, transaction, actor }, transaction.need('pullRequest', merge.pullRequestId), {
    sha: merge.newSha,
    how: merge.method,
  });
}

/** A request that two merges have merged (they can: see the setting `mergeRace`) was closed by the first. */
export function recordMerged(
  scene: Scene,
  pull: PullRequest,
  { sha, how }: { readonly sha: string; readonly how: MergeMethod | 'queue' | 'push' },
): void {
  const { forge, transaction, actor } = scene;
  const repository = transaction.need('repository', pull.repositoryId);
  const details = { sha, method: how, head: pull.headSha };
  if (pull.mergedAt !== null) {
    transaction.effect({
      kind: 'pull_request.merged',
      actor: actor.login,
      repository: fullName(transaction, repository),
      subject: `#${pull.number}`,
      details,
    });
    return;
  }
  const now = Date.now();
  const group = how === 'queue' ? entryOf(transaction, pull)?.group : undefined;
  removeFromQueue(scene, pull, 'MERGE');
  if (group !== undefined && group !== null) publishGroupGone(scene, repository, pull.baseRef, group, 'merged');
  const merged = transaction.change('pullRequest', pull.id, { mergedAt: now, mergedBy: actor.id, mergeCommitSha: sha });
  const issue = transaction.change('issue', pull.issueId, { state: 'closed', closedAt: now, closedBy: actor.id, updatedAt: now });
  recordIssueEvent(transaction, { issue, actor, event: 'merged', commitSha: sha });
  recordIssueEvent(transaction, { issue, actor, event: 'closed', details: { state_reason: null } });
  announce(forge, transaction, merged, actor, { action: 'closed', effect: 'pull_request.merged', details });
  if (pull.baseRef !== repository.defaultBranch) return;
  for (const named of closedBy(transaction, repository, issue.body ?? '')) close(scene, named);
}
