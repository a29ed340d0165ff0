// What happens to an issue or a pull request, written down for its events and its timeline. Comments, reviews and commits are not written
// here: the timeline takes them from their own collections.
import type { Issue, IssueEvent, User } from '../state/records.ts';
import type { Transaction } from '../state/state.ts';

/** The events, and what each has to say; people and issues by their ids. */
export type IssueHappening =
  | { readonly event: 'labeled' | 'unlabeled'; readonly details: { readonly label: { readonly name: string; readonly color: string } } }
  | { readonly event: 'assigned' | 'unassigned'; readonly details: { readonly assigneeId: number } }
  | { readonly event: 'milestoned' | 'demilestoned'; readonly details: { readonly milestone: { readonly title: string } } }
  | { readonly event: 'renamed'; readonly details: { readonly rename: { readonly from: string; readonly to: string } } }
  | { readonly event: 'closed'; readonly details: { readonly state_reason: string | null }; readonly commitSha?: string }
  | { readonly event: 'locked'; readonly details: { readonly lock_reason: string | null } }
  | { readonly event: 'review_requested' | 'review_request_removed'; readonly details: { readonly requestedReviewerId: number } }
  | {
      readonly event: 'review_dismissed';
      readonly details: {
        readonly dismissed_review: { readonly state: string; readonly review_id: number; readonly dismissal_message: string | null };
      };
    }
  | { readonly event: 'cross-referenced'; readonly details: { readonly sourceIssueId: number } }
  | { readonly event: 'removed_from_merge_queue'; readonly details: { readonly reason: string } }
  | { readonly event: 'merged' | 'referenced' | 'head_ref_force_pushed'; readonly commitSha: string }
  | {
      readonly event:
        | 'reopened'
        | 'unlocked'
        | 'ready_for_review'
        | 'convert_to_draft'
        | 'head_ref_deleted'
        | 'head_ref_restored'
        | 'base_ref_changed'
        | 'auto_merge_enabled'
        | 'auto_merge_disabled'
        | 'added_to_merge_queue';
    };

export function recordIssueEvent(
  transaction: Transaction,
  { issue, actor, ...happening }: { readonly issue: Issue; readonly actor: User } & IssueHappening,
): IssueEvent {
  return transaction.add('issueEvent', {
    repositoryId: issue.repositoryId,
    issueId: issue.id,
    actorId: actor.id,
    event: happening.event,
    commitSha: 'commitSha' in happening ? happening.commitSha : null,
    details: 'details' in happening ? happening.details : {},
    createdAt: Date.now(),
  });
}
