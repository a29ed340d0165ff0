// Pull requests: listed, opened, shown, changed.
import { editPullRequest } from '../domain/edit-pull-request.ts';
import { openPullRequest } from '../domain/open-pull-request.ts';
import { includes } from '../domain/permissions.ts';
import { settleMergeability } from '../domain/trial-merges.ts';
import { acting, listing, reading, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { created, forbidden, invalid, ok } from '../http/reply.ts';
import { needPull } from './need-pull.ts';
import { presentPullRequest, pullRequestPresenter } from './present/pull-request.ts';
import { fullName } from './present/repository.ts';
import { selectPulls } from './select-pulls.ts';

export const pullOperations: Operation[] = [
  listing('pulls/list', (call) => {
    const { forge, state, repository, query } = call;
    return listOf(call, selectPulls(state, repository, query), pullRequestPresenter(forge, state));
  }),
  acting(
    'pulls/create',
    'read',
    async ({ forge, actor, repository, body }) => {
      if (body.title === undefined && body.issue === undefined)
        throw invalid({ resource: 'PullRequest', field: 'title', code: 'missing_field' });
      if (body.title?.trim() === '') throw invalid({ resource: 'PullRequest', field: 'title', code: 'missing_field' });
      const pull = await openPullRequest(forge, repository, actor, {
        head: body.head,
        base: body.base,
        title: body.title ?? null,
        body: body.body ?? null,
        draft: body.draft ?? false,
        maintainerCanModify: body.maintainer_can_modify ?? true,
        issueNumber: body.issue === undefined ? null : Number(body.issue),
      });
      return created(
        presentPullRequest(forge, forge.state, pull),
        `${forge.url}/repos/${fullName(forge.state, repository)}/pulls/${pull.number}`,
      );
    },
    { createsContent: true },
  ),
  acting('pulls/update', 'read', async ({ forge, actor, repository, role, params, body }) => {
    const { id, issueId } = needPull(forge.state, repository, params.pull_number);
    const isAuthor = forge.state.need('issue', issueId).authorId === actor.id;
    if (!isAuthor && !includes(role, 'write')) throw forbidden('You must have push access to change this pull request.');
    if (body.title?.trim() === '') throw invalid({ resource: 'PullRequest', field: 'title', code: 'missing_field' });
    const edited = await editPullRequest(forge, repository, actor, id, {
      ...(body.title === undefined ? {} : { title: body.title }),
      ...(body.body === undefined ? {} : { body: body.body }),
      ...(body.base === undefined ? {} : { base: body.base }),
      ...(body.state === undefined ? {} : { state: body.state }),
      ...(body.maintainer_can_modify === undefined ? {} : { maintainerCanModify: body.maintainer_can_modify }),
    });
    return ok(presentPullRequest(forge, forge.state, edited));
  }),
  reading('pulls/get', async ({ forge, repository, params }) => {
    const pull = await settleMergeability(forge, needPull(forge.state, repository, params.pull_number));
    return ok(presentPullRequest(forge, forge.state, pull));
  }),
];
