// What the forge writes down once git has merged a pull request; also after a crash between the two.
import { fullName } from '../api/present/repository.ts';
import type { Forge } from '../forge.ts';
import type { Transaction } from '../state/state.ts';
import type { Intent, User } from '../state/records.ts';

type Merge = Extract<Intent['change'], { kind: 'merge' }>;

export function recordMerge(_forge: Forge, transaction: Transaction, merge: Merge, actor: User): void {
  const pull = transaction.need('pullRequest', merge.pullRequestId);
  const now = Date.now();
  transaction.change('pullRequest', pull.id, { mergedAt: now, mergedBy: actor.id, mergeCommitSha: merge.newSha });
  transaction.change('issue', pull.issueId, { state: 'closed', closedAt: now, closedBy: actor.id, updatedAt: now });
  transaction.effect({
    kind: 'pull_request.merged',
    actor: actor.login,
    repository: fullName(transaction, transaction.need('repository', pull.repositoryId)),
    subject: `#${pull.number}`,
    details: { sha: merge.newSha, method: merge.method, head: pull.headSha },
  });
}
