// Requested reviewers over REST. The forge has no teams.
import { removeRequests, requestReviewers } from '../domain/review-requests.ts';
import { acting, reading, type Operation } from '../http/operation.ts';
import { created, ok, unprocessable } from '../http/reply.ts';
import { needPull } from './need-pull.ts';
import { pullRequestPresenter } from './present/pull-request.ts';
import { presentUser } from './present/user.ts';

export const reviewRequestOperations: Operation[] = [
  reading('pulls/list-requested-reviewers', ({ forge, state, repository, params }) => {
    const { requestedReviewerIds } = needPull(state, repository, params.pull_number);
    return ok({ users: requestedReviewerIds.map((id) => presentUser(forge, state.need('user', id))), teams: [] });
  }),
  acting('pulls/request-reviewers', 'triage', ({ forge, repository, actor, params, body }) => {
    const wanted = [...(body.reviewers ?? []), ...(body.team_reviewers ?? [])];
    if (wanted.length === 0) throw unprocessable('Invalid request.\n\n"reviewers" wasn\'t supplied.\n"team_reviewers" wasn\'t supplied.');
    const pull = forge.state.transaction((transaction) =>
      requestReviewers(forge, transaction, needPull(transaction, repository, params.pull_number), actor, wanted),
    );
    return created(pullRequestPresenter(forge, forge.state)(pull));
  }),
  acting('pulls/remove-requested-reviewers', 'triage', ({ forge, repository, actor, params, body }) => {
    const pull = forge.state.transaction((transaction) =>
      removeRequests(forge, transaction, needPull(transaction, repository, params.pull_number), actor, body.reviewers),
    );
    return ok(pullRequestPresenter(forge, forge.state)(pull));
  }),
];
