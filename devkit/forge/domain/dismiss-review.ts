// Takes the verdict of a review away: by a person, or by a push where protection says so.
import type { Review } from '../state/records.ts';
import { recordIssueEvent } from './issue-events.ts';
import { announceReview } from './review-events.ts';
import type { Scene } from './scene.ts';

/** The caller has checked that the review has a verdict. */
export function dismissReview(scene: Scene, review: Review, message: string): Review {
  const { transaction, actor } = scene;
  const pull = transaction.need('pullRequest', review.pullRequestId);
  const dismissed = transaction.change('review', review.id, { state: 'DISMISSED', updatedAt: Date.now() });
  recordIssueEvent(transaction, {
    issue: transaction.need('issue', pull.issueId),
    actor,
    event: 'review_dismissed',
    details: { dismissed_review: { state: review.state.toLowerCase(), review_id: review.id, dismissal_message: message } },
  });
  announceReview({ ...scene, pull }, dismissed, 'dismissed', { details: { message } });
  return dismissed;
}
