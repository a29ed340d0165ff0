// Tells the world of what happened to an issue: one effect, one webhook. What happens to the issue half of a pull request is told as
// happening to the pull request.
import { presentIssue } from '../api/present/issue.ts';
import { fullName } from '../api/present/repository.ts';
import type { Forge } from '../forge.ts';
import type { Issue, User } from '../state/records.ts';
import type { Transaction } from '../state/state.ts';
import { publish } from '../webhooks/publish.ts';

/** @param payload what the webhook has beside the issue. @param details what the effect says of it */
export function reportIssue(
  { forge, transaction, actor }: { readonly forge: Forge; readonly transaction: Transaction; readonly actor: User },
  issue: Issue,
  action: string,
  payload: Readonly<Record<string, unknown>> = {},
  details: Readonly<Record<string, unknown>> = {},
): void {
  const repository = transaction.need('repository', issue.repositoryId);
  transaction.effect({
    kind: `${issue.pullRequestId === null ? 'issue' : 'pull_request'}.${action}`,
    actor: actor.login,
    repository: fullName(transaction, repository),
    subject: `#${issue.number}`,
    ...(Object.keys(details).length === 0 ? {} : { details }),
  });
  publish(forge, transaction, repository, actor, {
    name: 'issues',
    action,
    payload: { issue: presentIssue(forge, transaction, issue), ...payload },
  });
}
