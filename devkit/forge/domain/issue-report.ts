// Tells the world of what happened to an issue: one effect, one webhook. What happens to the issue half of a pull request is told as
// happening to the pull request.
import { presentIssueForWebhook } from '../api/present/issue.ts';
import { fullName } from '../api/present/repository.ts';
import type { Forge } from '../forge.ts';
import type { Issue, User } from '../state/records.ts';
import type { Transaction } from '../state/state.ts';
import { publish } from '../webhooks/publish.ts';
import { announce } from './pull-request-events.ts';

/** Actions of GitHub's `issues` event, which its `pull_request` event has as well. */
export type IssueAction =
  | 'opened'
  | 'edited'
  | 'closed'
  | 'reopened'
  | 'labeled'
  | 'unlabeled'
  | 'assigned'
  | 'unassigned'
  | 'milestoned'
  | 'demilestoned'
  | 'locked'
  | 'unlocked';

interface Report {
  /** What the webhook has beside the issue. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** What the effect says of it. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export function reportIssue(
  { forge, transaction, actor }: { readonly forge: Forge; readonly transaction: Transaction; readonly actor: User },
  issue: Issue,
  action: IssueAction,
  report: Report = {},
): void {
  if (issue.pullRequestId !== null)
    return announce(forge, transaction, transaction.need('pullRequest', issue.pullRequestId), actor, { action, ...report });
  const repository = transaction.need('repository', issue.repositoryId);
  transaction.effect({
    kind: `issue.${action}`,
    actor: actor.login,
    repository: fullName(transaction, repository),
    subject: `#${issue.number}`,
    ...(report.details === undefined ? {} : { details: report.details }),
  });
  publish(forge, transaction, repository, actor, {
    name: 'issues',
    action,
    payload: () => ({ issue: presentIssueForWebhook(forge, transaction, issue), ...report.payload }),
  });
}
