// Tells of what happened to a pull request: the effect, the webhook, and the event that CI looks at.
import { presentPullRequest } from '../api/present/pull-request.ts';
import { fullName } from '../api/present/repository.ts';
import type { Forge } from '../forge.ts';
import type { PullRequest, User } from '../state/records.ts';
import type { Transaction } from '../state/state.ts';
import { publish } from '../webhooks/publish.ts';

/** Actions of GitHub's `pull_request` event that the requests themselves, their merges and their queue bring about. */
export type PullRequestAction =
  | 'opened'
  | 'edited'
  | 'closed'
  | 'reopened'
  | 'synchronize'
  | 'ready_for_review'
  | 'converted_to_draft'
  | 'auto_merge_enabled'
  | 'auto_merge_disabled'
  | 'enqueued'
  | 'dequeued'
  | 'review_requested'
  | 'labeled'
  | 'unlabeled'
  | 'assigned'
  | 'unassigned'
  | 'milestoned'
  | 'demilestoned'
  | 'locked'
  | 'unlocked'
  | 'review_request_removed';

interface Announcement {
  readonly action: PullRequestAction;
  /** What the webhook's payload has beside the request, for example `changes`. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** What the effect is called and says; a closing that is a merge is `pull_request.merged`. */
  readonly effect?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export function announce(forge: Forge, transaction: Transaction, pull: PullRequest, actor: User, announcement: Announcement): void {
  const repository = transaction.need('repository', pull.repositoryId);
  const { action, payload = {}, details } = announcement;
  transaction.effect({
    kind: announcement.effect ?? `pull_request.${action}`,
    actor: actor.login,
    repository: fullName(transaction, repository),
    subject: `#${pull.number}`,
    ...(details === undefined ? {} : { details }),
  });
  publish(forge, transaction, repository, actor, {
    name: 'pull_request',
    action,
    payload: () => ({ number: pull.number, pull_request: presentPullRequest(forge, transaction, pull), ...payload }),
  });
  transaction.add('ciTrigger', {
    repositoryId: repository.id,
    event: 'pull_request',
    action,
    ref: `refs/pull/${pull.number}/merge`,
    sha: pull.headSha,
    beforeSha: null,
    pullRequestId: pull.id,
    workflowPath: null,
    inputs: {},
    actorId: actor.id,
    dueAt: Date.now() + forge.random.within(forge.settings.delays.checks),
  });
}
