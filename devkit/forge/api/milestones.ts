// Milestones of a repository. Their numbers are a sequence of their own.
import { setMilestone } from '../domain/issue-fields.ts';
import type { Scene } from '../domain/scene.ts';
import { acting, listing, reading, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { created, invalid, noContent, notFound, ok } from '../http/reply.ts';
import type { Milestone, Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { publish } from '../webhooks/publish.ts';
import { findMilestone } from './issue-wishes.ts';
import { presentMilestone } from './present/milestone.ts';
import { fullName } from './present/repository.ts';

export const milestoneOperations: Operation[] = [
  listing('issues/list-milestones', (call) => {
    const { forge, state, repository, query } = call;
    const wanted = query.state ?? 'open';
    const milestones = state.select('milestone', 'repository', repository.id).filter((one) => wanted === 'all' || one.state === wanted);
    const key = (milestone: Milestone): number =>
      query.sort === 'completeness' ? completeness(state, milestone) : (milestone.dueOn ?? Number.MAX_SAFE_INTEGER);
    const sign = query.direction === 'desc' ? -1 : 1;
    const sorted = milestones.toSorted((a, b) => sign * (key(a) - key(b)) || a.id - b.id);
    return listOf(call, sorted, (milestone) => presentMilestone(forge, state, milestone));
  }),
  acting(
    'issues/create-milestone',
    'write',
    ({ forge, actor, repository, body }) => {
      const milestone = forge.state.transaction((transaction) => {
        checkTitle(transaction, repository, body.title);
        const now = Date.now();
        const number = transaction.need('repository', repository.id).lastMilestone + 1;
        transaction.change('repository', repository.id, { lastMilestone: number });
        const added = transaction.add('milestone', {
          repositoryId: repository.id,
          number,
          title: body.title.trim(),
          description: body.description ?? null,
          state: body.state ?? 'open',
          creatorId: actor.id,
          dueOn: body.due_on === undefined ? null : Date.parse(body.due_on),
          createdAt: now,
          updatedAt: now,
          closedAt: body.state === 'closed' ? now : null,
        });
        report({ forge, transaction, actor }, repository, added, 'created');
        return added;
      });
      const view = presentMilestone(forge, forge.state, milestone);
      return created(view, view.url);
    },
    { createsContent: true },
  ),
  reading('issues/get-milestone', ({ forge, state, repository, params }) =>
    ok(presentMilestone(forge, state, milestoneOf(state, repository, params.milestone_number))),
  ),
  acting('issues/update-milestone', 'write', ({ forge, actor, repository, params, body }) => {
    const milestone = forge.state.transaction((transaction) => {
      const scene = { forge, transaction, actor };
      const before = milestoneOf(transaction, repository, params.milestone_number);
      if (body.title !== undefined) checkTitle(transaction, repository, body.title, before);
      const now = Date.now();
      const state = body.state ?? before.state;
      const changed = transaction.change('milestone', before.id, {
        title: body.title?.trim() ?? before.title,
        description: body.description ?? before.description,
        dueOn: body.due_on === undefined ? before.dueOn : Date.parse(body.due_on),
        state,
        updatedAt: now,
        closedAt: state === 'open' ? null : (before.closedAt ?? now),
      });
      const changes = {
        ...(changed.title === before.title ? {} : { title: { from: before.title } }),
        ...(changed.description === before.description ? {} : { description: { from: before.description ?? '' } }),
        ...(changed.dueOn === before.dueOn ? {} : { due_on: { from: before.dueOn === null ? '' : new Date(before.dueOn).toISOString() } }),
      };
      if (Object.keys(changes).length > 0) report(scene, repository, changed, 'edited', { changes });
      if (state !== before.state) report(scene, repository, changed, state === 'open' ? 'opened' : 'closed');
      return changed;
    });
    return ok(presentMilestone(forge, forge.state, milestone));
  }),
  acting('issues/delete-milestone', 'write', ({ forge, actor, repository, params }) => {
    forge.state.transaction((transaction) => {
      const scene = { forge, transaction, actor };
      const milestone = milestoneOf(transaction, repository, params.milestone_number);
      for (const issue of transaction.select('issue', 'repository', repository.id))
        if (issue.milestoneId === milestone.id) setMilestone(scene, issue, null);
      report(scene, repository, milestone, 'deleted');
      transaction.remove('milestone', milestone.id);
    });
    return noContent();
  }),
];

function milestoneOf(state: Reader, repository: Repository, number: number): Milestone {
  const milestone = findMilestone(state, repository, number);
  if (milestone === undefined) throw notFound();
  return milestone;
}

function checkTitle(state: Reader, repository: Repository, wish: string, but?: Milestone): void {
  const title = wish.trim();
  if (title === '') throw invalid({ resource: 'Milestone', field: 'title', code: 'missing_field' });
  if (state.select('milestone', 'repository', repository.id).some((one) => one.title === title && one.id !== but?.id))
    throw invalid({ resource: 'Milestone', field: 'title', code: 'already_exists' });
}

/** Share of its issues that are closed. */
function completeness(state: Reader, milestone: Milestone): number {
  const issues = state.select('issue', 'repository', milestone.repositoryId).filter(({ milestoneId }) => milestoneId === milestone.id);
  return issues.length === 0 ? 0 : issues.filter((issue) => issue.state === 'closed').length / issues.length;
}

function report(
  { forge, transaction, actor }: Scene,
  repository: Repository,
  milestone: Milestone,
  action: 'created' | 'edited' | 'opened' | 'closed' | 'deleted',
  payload: Readonly<Record<string, unknown>> = {},
): void {
  transaction.effect({
    kind: `milestone.${action}`,
    actor: actor.login,
    repository: fullName(transaction, repository),
    subject: milestone.title,
  });
  publish(forge, transaction, repository, actor, {
    name: 'milestone',
    action,
    payload: { milestone: presentMilestone(forge, transaction, milestone), ...payload },
  });
}
