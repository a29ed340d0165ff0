// Whose review a request waits for. A submitted review ends the wait for its author (domain/reviews.ts); asking again is allowed.
import { presentUser } from '../api/present/user.ts';
import { fullName } from '../api/present/repository.ts';
import type { Forge } from '../forge.ts';
import { unprocessable } from '../http/reply.ts';
import type { PullRequest, User } from '../state/records.ts';
import type { Transaction } from '../state/state.ts';
import { recordIssueEvent } from './issue-events.ts';
import { roleOf } from './permissions.ts';
import { announce } from './pull-request-events.ts';
import type { Scene } from './scene.ts';

/** @param logins people, and teams, of which the forge has none; one who can't be asked refuses all */
export function requestReviewers(
  forge: Forge,
  transaction: Transaction,
  pull: PullRequest,
  actor: User,
  logins: readonly string[],
): PullRequest {
  const repository = transaction.need('repository', pull.repositoryId);
  const people = logins.map((login) => transaction.first('user', 'login', login.toLowerCase()));
  for (const person of people) {
    if (person === undefined || roleOf(transaction, repository, person) === null)
      throw unprocessable(
        `Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ${fullName(transaction, repository)} repository.`,
      );
    if (person.id === transaction.need('issue', pull.issueId).authorId)
      throw unprocessable('Review cannot be requested from pull request author.');
  }
  let current = transaction.need('pullRequest', pull.id);
  for (const person of people) {
    if (person === undefined || current.requestedReviewerIds.includes(person.id)) continue;
    current = change(forge, transaction, current, actor, person, 'review_requested');
  }
  return current;
}

/** Who was not asked is passed over. */
export function removeRequests(
  forge: Forge,
  transaction: Transaction,
  pull: PullRequest,
  actor: User,
  logins: readonly string[],
): PullRequest {
  let current = transaction.need('pullRequest', pull.id);
  for (const login of logins) {
    const person = transaction.first('user', 'login', login.toLowerCase());
    if (person === undefined || !current.requestedReviewerIds.includes(person.id)) continue;
    current = change(forge, transaction, current, actor, person, 'review_request_removed');
  }
  return current;
}

function change(
  forge: Forge,
  transaction: Transaction,
  pull: PullRequest,
  actor: User,
  person: User,
  event: 'review_requested' | 'review_request_removed',
): PullRequest {
  const others = pull.requestedReviewerIds.filter((id) => id !== person.id);
  const requestedReviewerIds = event === 'review_requested' ? [...others, person.id] : others;
  const changed = transaction.change('pullRequest', pull.id, { requestedReviewerIds });
  const issue = transaction.change('issue', pull.issueId, { updatedAt: Date.now() });
  recordIssueEvent(transaction, { issue, actor, event, details: { requestedReviewerId: person.id } });
  announce(forge, transaction, changed, actor, {
    action: event,
    payload: { requested_reviewer: presentUser(forge, person) },
    details: { reviewer: person.login },
  });
  return changed;
}

/** Asks the code owners of what a request changes for their review, the author aside. */
export function askOwners({ forge, transaction, actor }: Scene, pull: PullRequest, owners: readonly (readonly number[])[]): PullRequest {
  const { authorId } = transaction.need('issue', pull.issueId);
  const ids = [...new Set(owners.flat())].filter((id) => id !== authorId);
  return requestReviewers(
    forge,
    transaction,
    pull,
    actor,
    ids.map((id) => transaction.need('user', id).login),
  );
}
