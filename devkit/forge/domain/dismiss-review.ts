// Takes the verdict of a review away: by a person, or by a push where protection says so.
import { fullName } from '../api/present/repository.ts';
import type { Review } from '../state/records.ts';
import { recordIssueEvent } from './issue-events.ts';
import type { Scene } from './scene.ts';

export function dismissReview({ transaction, actor }: Scene, review: Review, message: string): Review {
  const pull = transaction.need('pullRequest', review.pullRequestId);
  const dismissed = transaction.change('review', review.id, { state: 'DISMISSED', updatedAt: Date.now() });
  recordIssueEvent(transaction, {
    issue: transaction.need('issue', pull.issueId),
    actor,
    event: 'review_dismissed',
    details: { dismissed_review: { state: review.state.toLowerCase(), review_id: review.id, dismissal_message: message } },
  });
  transaction.effect({
    kind: 'review.dismissed',
    actor: actor.login,
    repository: fullName(transaction, transaction.need('repository', pull.repositoryId)),
    subject: `#${pull.number}`,
    details: { review: review.id, by: review.authorId },
  });
  return dismissed;
}
