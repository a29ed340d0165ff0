// Approvals of what is no longer the head, where the rules of the base ask for new ones.
import type { PullRequest } from '../state/records.ts';
import { branchRules } from './branch-rules.ts';
import { dismissReview } from './dismiss-review.ts';
import { verdictsOf } from './merge-requirements.ts';
import type { Scene } from './scene.ts';

/** To be called once the head has moved. */
export function dismissStaleApprovals(scene: Scene, pull: PullRequest): void {
  const { transaction } = scene;
  const repository = transaction.need('repository', pull.repositoryId);
  if (branchRules(transaction, repository, pull.baseRef).reviews?.dismissStale !== true) return;
  for (const review of verdictsOf(transaction, pull))
    if (review.state === 'APPROVED') dismissReview(scene, review, 'The approval was given to commits that are no longer the newest.');
}
