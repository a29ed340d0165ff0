// Merging: a pull request into its base, a base into the branch of a request, any branch into another.
import { tipOf } from '../domain/branches.ts';
import { mergeIntoBranch } from '../domain/merge-branches.ts';
import { mergePullRequest } from '../domain/merge-pull-request.ts';
import { refusalOfMove } from '../domain/protection.ts';
import { updateBranch } from '../domain/update-branch.ts';
import { readCommit } from '../git/commit.ts';
import { acting, reading, type Operation } from '../http/operation.ts';
import { accepted, conflict, created, noContent, notAllowed, notFound, ok, Refusal } from '../http/reply.ts';
import { presentCommit } from './present/commit.ts';
import { needPull } from './need-pull.ts';
import { repositoryLinks } from './present/repository.ts';

export const mergeOperations: Operation[] = [
  reading('pulls/check-if-merged', ({ state, repository, params }) => {
    if (needPull(state, repository, params.pull_number).mergedAt === null) throw notFound();
    return noContent();
  }),
  acting('pulls/merge', 'write', async ({ forge, actor, repository, params, body }) => {
    const { id } = needPull(forge.state, repository, params.pull_number);
    const outcome = await mergePullRequest(forge, repository, id, actor, {
      method: body.merge_method ?? 'merge',
      title: body.commit_title ?? null,
      message: body.commit_message ?? null,
      headSha: body.sha ?? null,
    });
    switch (outcome.kind) {
      case 'merged':
        return ok({ sha: outcome.sha, merged: true, message: 'Pull Request successfully merged' });
      case 'head moved':
        throw conflict('Head branch was modified. Review and try the merge again.');
      case 'not mergeable':
        throw notAllowed(outcome.because);
    }
  }),
  acting('pulls/update-branch', 'read', async ({ forge, actor, repository, params, body }) => {
    const pull = needPull(forge.state, repository, params.pull_number);
    await updateBranch(forge, pull, actor, body.expected_head_sha ?? null);
    const url = `${repositoryLinks(forge, forge.state, repository).api}/pulls/${pull.number}`;
    return accepted({ message: 'Updating pull request branch.', url });
  }),
  acting('repos/merge', 'write', async ({ forge, actor, repository, body }) => {
    const git = forge.git(repository);
    return forge.exclusively(repository, async () => {
      const ours = tipOf(forge.state, repository.id, body.base);
      if (ours === undefined) throw new Refusal(404, 'Base does not exist');
      const theirs = await git.commit(body.head);
      if (theirs === undefined) throw new Refusal(404, 'Head does not exist');
      const refusal = refusalOfMove(forge.state, repository, actor, body.base, 'push');
      if (refusal !== undefined) throw conflict(refusal);
      const message = body.commit_message ?? `Merge ${body.head} into ${body.base}`;
      const merge = await mergeIntoBranch(forge, repository, actor, { branch: body.base, ours, theirs, message });
      if (merge.kind === 'nothing new') return noContent();
      if (merge.kind === 'conflict') throw conflict('Merge conflict');
      const commit = await readCommit(git, merge.sha);
      if (commit === undefined) throw notFound();
      return created(presentCommit(forge, forge.state, repository, commit));
    });
  }),
];
