// Issues themselves: opened, shown, changed, locked. Lists of them: issue-lists.ts. Pull requests are issues too, and found here as such.
import { openIssue } from '../domain/open-issue.ts';
import { closePullRequest } from '../domain/pull-request-states.ts';
import { prepareReopening, reopenPullRequest, type Reopening } from '../domain/reopen-pull-request.ts';
import { scheduleTrial } from '../domain/trial-merges.ts';
import { close, editText, lock, reopen, unlock } from '../domain/issues.ts';
import type { Scene } from '../domain/scene.ts';
import { setAssignees, setLabels, setMilestone } from '../domain/issue-fields.ts';
import { includes } from '../domain/permissions.ts';
import { acting, reading, type ActorCall, type Operation } from '../http/operation.ts';
import { created, forbidden, noContent, ok, Refusal } from '../http/reply.ts';
import type { Issue, Repository } from '../state/records.ts';
import { assigneesIn, checkText, issueOf, labelsIn, loginsIn, milestoneIn, refuseUnknownFields, titleIn } from './issue-wishes.ts';
import { issueLinks, presentIssue } from './present/issue.ts';

export const issueOperations: Operation[] = [
  acting(
    'issues/create',
    'read',
    ({ forge, actor, repository, role, body }) => {
      refuseDisabled(repository);
      refuseUnknownFields(body);
      const title = titleIn(body.title);
      checkText('Issue', body.body ?? '');
      const mayTriage = includes(role, 'triage');
      const logins = body.assignees ?? onlyOne(body.assignee);
      const issue = forge.state.transaction((transaction) => {
        const scene = { forge, transaction, actor };
        return openIssue(scene, repository, {
          title,
          body: textOrNull(body.body),
          // GitHub drops without a word what the author may not set.
          labels: mayTriage ? labelsIn(scene, repository, body.labels ?? []) : [],
          assignees: mayTriage ? assigneesIn(transaction, repository, logins) : [],
          milestone: mayTriage ? milestoneIn(transaction, repository, body.milestone ?? null) : null,
        });
      });
      return created(presentIssue(forge, forge.state, issue), issueLinks(forge, forge.state, issue).api);
    },
    { createsContent: true },
  ),
  reading('issues/get', ({ forge, state, repository, params }) =>
    ok(presentIssue(forge, state, issueOf(state, repository, params.issue_number))),
  ),
  acting('issues/update', 'read', async (call) => {
    const { forge, actor, repository, params, body } = call;
    refuseUnknownFields(body);
    const before = issueOf(forge.state, repository, params.issue_number);
    refuseOthers(call, before);
    const apply = (reopening?: Reopening): Issue =>
      forge.state.transaction((transaction) =>
        update({ forge, transaction, actor }, call, issueOf(transaction, repository, params.issue_number), reopening),
      );
    const { pullRequestId } = before;
    if (pullRequestId === null || body.state !== 'open') return ok(presentIssue(forge, forge.state, apply()));
    return forge.exclusively(repository, async () => {
      const pull = forge.state.need('pullRequest', pullRequestId);
      const changed = apply(await prepareReopening(forge, repository, pull));
      scheduleTrial(forge, pull);
      return ok(presentIssue(forge, forge.state, changed));
    });
  }),
  acting('issues/lock', 'triage', ({ forge, actor, repository, params, body }) => {
    forge.state.transaction((transaction) =>
      lock({ forge, transaction, actor }, issueOf(transaction, repository, params.issue_number), body.lock_reason ?? null),
    );
    return noContent();
  }),
  acting('issues/unlock', 'triage', ({ forge, actor, repository, params }) => {
    forge.state.transaction((transaction) => unlock({ forge, transaction, actor }, issueOf(transaction, repository, params.issue_number)));
    return noContent();
  }),
];

/** Its author may change what an issue says and whether it is open; who may triage, whether it is open; who may write, all of it. */
function refuseOthers({ actor, role, body }: ActorCall<'issues/update'>, issue: Issue): void {
  const changesText = (body.title ?? undefined) !== undefined || body.body !== undefined;
  if (issue.authorId !== actor.id && !includes(role, changesText ? 'write' : 'triage'))
    throw forbidden('Must have admin rights to Repository.');
}

/** Labels and the like of somebody who may not set them are dropped without a word. */
function update(scene: Scene, { repository, role, body }: ActorCall<'issues/update'>, issue: Issue, reopening?: Reopening): Issue {
  const { transaction } = scene;
  const title = body.title ?? undefined;
  let changed = editText(scene, issue, {
    ...(title === undefined ? {} : { title: titleIn(title) }),
    ...(body.body === undefined ? {} : { body: textOrNull(checked(body.body)) }),
  });
  if (includes(role, 'triage')) {
    const assignees = body.assignees ?? (body.assignee === undefined ? undefined : onlyOne(body.assignee));
    if (body.labels !== undefined) changed = setLabels(scene, changed, labelsIn(scene, repository, body.labels));
    if (assignees !== undefined) changed = setAssignees(scene, changed, assigneesIn(transaction, repository, loginsIn(assignees)));
    if (body.milestone !== undefined) changed = setMilestone(scene, changed, milestoneIn(transaction, repository, body.milestone));
  }
  if (changed.pullRequestId === null) return changeState(scene, changed, body.state, body.state_reason ?? null);
  const pull = transaction.need('pullRequest', changed.pullRequestId);
  if (reopening !== undefined) reopenPullRequest(scene, pull, reopening);
  if (body.state === 'closed') closePullRequest(scene, pull);
  return transaction.need('issue', changed.id);
}

type StateReason = NonNullable<ActorCall<'issues/update'>['body']['state_reason']>;

function changeState(scene: Scene, issue: Issue, state: Issue['state'] | undefined, reason: StateReason | null): Issue {
  if ((state ?? (reason === 'reopened' ? 'open' : issue.state)) === 'open') return reopen(scene, issue);
  if (state === undefined && reason === null) return issue;
  return close(scene, issue, reason === null || reason === 'reopened' ? {} : { reason });
}

export function refuseDisabled(repository: Repository): void {
  if (!repository.hasIssues) throw new Refusal(410, 'Issues are disabled for this repo');
}

function checked(text: string | null): string | null {
  checkText('Issue', text ?? '');
  return text;
}

/** The one assignee of the time before there could be several. */
const onlyOne = (login: string | null | undefined): string[] => (login === null || login === undefined ? [] : [login]);

const textOrNull = (text: string | null | undefined): string | null => (text === '' ? null : (text ?? null));
