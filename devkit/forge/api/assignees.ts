// Who issues can be given to, and who they are given to.
import { assignable, assignableUsers, MOST_ASSIGNEES } from '../domain/assignable.ts';
import { setAssignees } from '../domain/issue-fields.ts';
import { acting, listing, reading, type ActorCall, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { created, noContent, notFound, ok, unprocessable } from '../http/reply.ts';
import type { Issue, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { issueOf, loginsIn } from './issue-wishes.ts';
import { presentIssue } from './present/issue.ts';
import { presentUser } from './present/user.ts';

export const assigneeOperations: Operation[] = [
  listing('issues/list-assignees', (call) =>
    listOf(call, assignableUsers(call.state, call.repository), (user) => presentUser(call.forge, user)),
  ),
  reading('issues/check-user-can-be-assigned', ({ state, repository, params }) => {
    if (assignable(state, repository, params.assignee) === undefined) throw notFound();
    return noContent();
  }),
  // Who cannot be assigned is passed over without a word, as GitHub does.
  acting('issues/add-assignees', 'triage', (call) => {
    const { forge, repository, body } = call;
    const issue = reassign(call, (state, current) => {
      const added = loginsIn(body.assignees ?? []).flatMap((login) => assignable(state, repository, login) ?? []);
      const all = [...new Set([...current, ...added])];
      if (all.length > MOST_ASSIGNEES) throw unprocessable(`An issue has at most ${MOST_ASSIGNEES} assignees.`);
      return all;
    });
    return created(presentIssue(forge, forge.state, issue));
  }),
  acting('issues/remove-assignees', 'triage', (call) => {
    const { forge } = call;
    const { assignees = [] } = call.body;
    const gone = loginsIn(assignees).map((login) => login.toLowerCase());
    const issue = reassign(call, (_state, current) => current.filter(({ login }) => !gone.includes(login.toLowerCase())));
    return ok(presentIssue(forge, forge.state, issue));
  }),
];

type Assigning = Pick<ActorCall<'issues/add-assignees' | 'issues/remove-assignees'>, 'forge' | 'actor' | 'repository' | 'params'>;

function reassign(
  { forge, actor, repository, params }: Assigning,
  choose: (state: Reader, current: readonly User[]) => readonly User[],
): Issue {
  return forge.state.transaction((transaction) => {
    const issue = issueOf(transaction, repository, params.issue_number);
    const current = issue.assigneeIds.map((id) => transaction.need('user', id));
    return setAssignees({ forge, transaction, actor }, issue, choose(transaction, current));
  });
}
